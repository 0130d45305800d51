// What a bad network, or a bad host, does to requests. Where a request is routed, the browser no longer asks the service
// whether a page of another origin may send it: what depends on that is tested without these.

import { readFileSync } from "node:fs";

/** Whether a request is meant: by method, and by what its address contains. */
function meant(request, method, part) {
  return request.method() === method && request.url().includes(part);
}

let hanging = 0; // requests whose service has acted and whose sender still waits

const LOSSES = {
  out: (route) => route.abort("connectionreset"),
  reply: async (route) => {
    await route.fetch(); // the service has acted
    await route.abort("connectionreset");
  },
  hang: async (route) => {
    await route.fetch();
    hanging += 1;
  },
  pass: (route) => route.continue(),
};

export function networkVerbs(here) {
  function watch(method, part, act) {
    let count = 0;
    return here().context.route("**/*", async (route) => {
      if (meant(route.request(), method, part)) await act(route, count++);
      else await route.fallback();
    });
  }

  return {
    /** After `spared` requests of this kind, lose one for each entry of `losses`: out, reply, hang. */
    lose: (method, part, spared, losses) =>
      watch(method, part, (route, count) => LOSSES[losses[count - spared] ?? "pass"](route)),
    /** Requests of this kind are answered with these bytes, after the first `spared`. */
    answer: (part, spared, body, method = "GET", status = 200) =>
      watch(method, part, (route, count) =>
        count < spared
          ? route.continue()
          : route.fulfill({ body, status, contentType: "application/json", headers: { "Access-Control-Allow-Origin": "*" } }),
      ),
    /** What the site serves, with other texts in place of some. */
    rewrite: (part, ...changes) =>
      watch("GET", part, async (route) => {
        const response = await route.fetch();
        const body = changes.reduce((text, [from, to]) => text.replaceAll(from, to), await response.text());
        await route.fulfill({ response, body });
      }),
    /** A file in place of what the site serves there, under the site's own headers. */
    stands_in: (part, path) =>
      watch("GET", part, async (route) => route.fulfill({ response: await route.fetch(), body: readFileSync(path, "utf8") })),
    /** What the site serves, without the policy that would keep a test's own scripts out. */
    unguarded: (part) =>
      watch("GET", part, async (route) => {
        const response = await route.fetch();
        const { "content-security-policy": _, ...headers } = response.headers();
        await route.fulfill({ response, headers });
      }),
    /** Pauses between attempts pass twenty times as fast. */
    hurry: () =>
      here().context.addInitScript(() => {
        const slow = globalThis.setTimeout;
        globalThis.setTimeout = (act, pause, ...rest) => slow(act, pause / 20, ...rest);
      }),
    click_twice: (name) => here().page.getByRole("button", { name, exact: true }).first().dblclick(),
    /** Wait until a request hangs. */
    hangs: async () => {
      while (hanging === 0) await here().page.waitForTimeout(20);
      hanging = 0;
    },
    goes: (address) => here().page.goto("about:blank").then(() => here().page.goto(address)),
    /** From the next page on: everything that is ever written to the browser's storage, also what is written over. */
    watch_storage: async () => {
      await here().page.addInitScript(() => {
        const set = Storage.prototype.setItem;
        window.written = [];
        Storage.prototype.setItem = function (name, value) {
          window.written.push([name, value]);
          return set.call(this, name, value);
        };
      });
    },
    storage: async () => {
      const { page, seen } = here();
      seen.storage = await page.evaluate(() => ({ ...localStorage, ...sessionStorage }));
      seen.written = await page.evaluate(() => window.written ?? []);
    },
    /** What a script of this page gets when it asks; the answer's text, or that it got none. */
    asks: async (address, options) => {
      const { page, seen } = here();
      const got = await page.evaluate(async ([url, how]) => {
        try {
          const answer = await fetch(url, how);
          return { type: answer.type, status: answer.status, text: await answer.text() };
        } catch (error) {
          return { error: String(error) };
        }
      }, [address, options]);
      (seen.asked ??= []).push(got);
    },
    /** Whether another page lets itself be shown inside this one; what the frame then holds. */
    embeds: async (address) => {
      const { page, seen } = here();
      await page.evaluate((src) => {
        const frame = Object.assign(document.createElement("iframe"), { src });
        return new Promise((loaded) => ((frame.onload = loaded), document.body.append(frame)));
      }, address);
      seen.embedded = page.frames().at(-1).url();
    },
  };
}
