/** Elements, made one by one: text stays text, whatever a form's labels hold. */

type Value = string | number | boolean | undefined | ((event: Event) => void);
export type Child = Node | string | null | undefined | false;

/** An element with attributes (`on…` are listeners, true is an empty attribute, false none) and children. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, Value>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...present(children));
  return made;
}

export function present(children: readonly Child[]): (Node | string)[] {
  return children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false);
}

export function paragraph(...children: Child[]): HTMLParagraphElement {
  return el("p", {}, ...children);
}

export function list(items: readonly Child[]): HTMLUListElement {
  return el("ul", {}, ...present(items).map((item) => el("li", {}, item)));
}

/** Something that opens on demand. */
export function fold(title: string, ...children: Child[]): HTMLDetailsElement {
  return el("details", {}, el("summary", {}, title), ...children);
}

export function button(label: string, act: () => void, kind = ""): HTMLButtonElement {
  return el("button", { type: "button", class: kind || undefined, onclick: act }, label);
}

let count = 0;

/** An id that no other element of the page has. */
export function freshId(): string {
  count += 1;
  return `e${count}`;
}
