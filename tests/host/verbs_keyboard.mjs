// What a respondent does who has a keyboard and nothing else. Only keys are pressed: no mouse, no focus from a script.

const FAR = 90; // more stops than any screen has

/** The element that has the focus, as it looks; null on the page itself, where a round of tabs begins and ends. */
function focused() {
  const element = document.activeElement;
  if (element === null || element === document.body) return null;
  const style = getComputedStyle(element);
  const [box] = element.getClientRects(); // of a link on two lines, the first
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const there = document.elementFromPoint(x, y);
  globalThis.passed ??= new WeakSet();
  const again = passed.has(element);
  passed.add(element);
  return {
    again,
    tag: element.localName,
    type: element.getAttribute("type") ?? "",
    outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    contrast: contrast(style.outlineColor, ground(element.parentElement)),
    inView: there !== null && (element.contains(there) || (element.labels?.[0]?.contains(there) ?? false)),
  };

  function ground(outer) {
    for (let at = outer; at !== null; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at);
      if (backgroundColor !== "rgba(0, 0, 0, 0)") return backgroundColor;
    }
    return "rgb(255, 255, 255)";
  }

  function contrast(one, other) {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }

  // WCAG 2.2, "relative luminance"
  function luminance(color) {
    const [r, g, b] = color.match(/[\d.]+/g).map((part) => {
      const share = Number(part) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
}

export function keyboardVerbs(here) {
  const sessions = new WeakMap();

  /** Name and role as the browser tells them to a screen reader. */
  async function spoken() {
    const { context, page } = here();
    if (!sessions.has(page)) sessions.set(page, await context.newCDPSession(page));
    const session = sessions.get(page);
    const { result } = await session.send("Runtime.evaluate", { expression: "document.activeElement" });
    const { nodes } = await session.send("Accessibility.getPartialAXTree", {
      objectId: result.objectId,
      fetchRelatives: false,
    });
    return { name: nodes[0]?.name?.value ?? "", role: nodes[0]?.role?.value ?? "" };
  }

  async function stop() {
    const { page, seen } = here();
    const looks = await page.evaluate(focused);
    if (looks === null) return null;
    const at = { ...looks, ...(await spoken()), screen: seen.titles.at(-1) };
    (seen.stops ??= []).push(at);
    return at;
  }

  async function go(key, name) {
    const passed = [];
    for (let press = 0; press < FAR; press++) {
      await here().page.keyboard.press(key);
      const at = await stop();
      if (at?.name === name) return;
      passed.push(at?.name);
    }
    throw new Error(`${key} never comes to ${name}, only to ${passed.join(", ")}`);
  }

  return {
    tab_to: (name) => go("Tab", name),
    tab_back_to: (name) => go("Shift+Tab", name),
    keys: async (...keys) => {
      for (const key of keys) await here().page.keyboard.press(key);
    },
    writes: (text) => here().page.keyboard.type(text),
    /** Once around this screen: every stop, from wherever the focus is. */
    walk: async () => {
      const { page, seen } = here();
      await page.evaluate(() => void (globalThis.passed = new WeakSet()));
      const names = [];
      for (let press = 0; press < FAR; press++) {
        await page.keyboard.press("Tab");
        const at = await stop();
        if (at?.again) break;
        if (at !== null) names.push(at.name);
      }
      (seen.walks ??= []).push(names);
    },
  };
}
