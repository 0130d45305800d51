// A screenshot as a PNG with a palette: pages have few colours, and three bytes a pixel become one.

import { deflateSync } from "node:zlib";

const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");
const MOST_COLOURS = 32; // enough for flat pages with smooth letters; fewer pack better
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

/** The same picture, smaller. `page` is any page of the browser: it is the one that reads the PNG. */
export async function smallPng(page, png) {
  const { width, height, pixels } = await page.evaluate(decoded, png.toString("base64"));
  return encoded(width, height, Buffer.from(pixels, "base64"));
}

/** In the page: width, height, and the pixels as RGBA in base64. */
async function decoded(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const { width, height } = picture;
  const canvas = new OffscreenCanvas(width, height).getContext("2d");
  canvas.drawImage(picture, 0, 0);
  const { data } = canvas.getImageData(0, 0, width, height);
  let letters = "";
  for (let start = 0; start < data.length; start += 32768) {
    letters += String.fromCharCode(...data.subarray(start, start + 32768));
  }
  return { width, height, pixels: btoa(letters) };
}

function encoded(width, height, pixels) {
  const palette = paletteOf(pixels);
  const places = new Map(palette.map((colour, place) => [colour, place]));
  const rows = Buffer.alloc((width + 1) * height); // every row begins with 0: no filter
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = pixels.readUInt32BE(4 * (y * width + x)) >>> 8;
      if (!places.has(colour)) places.set(colour, nearest(colour, palette));
      rows[y * (width + 1) + 1 + x] = places.get(colour);
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8); // 8 bits a pixel, indexed, not interlaced
  const colours = Buffer.from(palette.flatMap(channels));
  const packed = deflateSync(rows, { level: 9, memLevel: 9 });
  return Buffer.concat([SIGNATURE, chunk("IHDR", head), chunk("PLTE", colours), chunk("IDAT", packed), chunk("IEND", Buffer.alloc(0))]);
}

/** The most frequent colours, as 24-bit numbers. */
function paletteOf(pixels) {
  const counts = new Map();
  for (let at = 0; at < pixels.length; at += 4) {
    const colour = pixels.readUInt32BE(at) >>> 8;
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, one], [, other]) => other - one);
  return sorted.slice(0, MOST_COLOURS).map(([colour]) => colour);
}

function channels(colour) {
  return [colour >>> 16, (colour >>> 8) & 255, colour & 255];
}

function nearest(colour, palette) {
  const wanted = channels(colour);
  const distance = (other) => channels(other).reduce((sum, value, index) => sum + (value - wanted[index]) ** 2, 0);
  let [best, least] = [0, Infinity];
  palette.forEach((other, place) => {
    const far = distance(other);
    if (far < least) [best, least] = [place, far];
  });
  return best;
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

function crc32(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = (rest >>> 8) ^ TABLE[(rest ^ byte) & 255];
  return (rest ^ 0xffffffff) >>> 0;
}
