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

/** The buttons of a screen. */
export function actions(...buttons: Child[]): HTMLElement {
  return el("div", { class: "actions" }, ...buttons);
}

export function section(title: string, ...children: Child[]): HTMLElement {
  return el("section", {}, el("h2", {}, title), ...children);
}

/** A section that stands out. */
export function card(kind: string, title: string, ...children: Child[]): HTMLElement {
  return el("section", { class: `card ${kind}` }, el("h2", {}, title), ...children);
}

/** Something that opens on demand. */
export function fold(title: string, ...children: Child[]): HTMLDetailsElement {
  return el("details", {}, el("summary", {}, title), ...children);
}

export function button(label: string, act: () => void, kind = ""): HTMLButtonElement {
  return el("button", { type: "button", class: kind || undefined, onclick: act }, label);
}

/** A line in which what goes wrong is said, and read out. */
export function alertLine(): HTMLElement {
  return el("p", { class: "error", role: "alert" });
}

/** A button whose act takes a while; what the act gives back is said in `line`. */
export function slowButton(label: string, meanwhile: string, act: () => Promise<string>, line: HTMLElement, kind = "main"): HTMLButtonElement {
  const made = button(label, () => void pressed(), kind);

  async function pressed(): Promise<void> {
    made.disabled = true;
    made.textContent = meanwhile;
    line.textContent = await act();
    made.disabled = false;
    made.textContent = label;
  }

  return made;
}

export function checkbox(label: string, checked = false): { field: HTMLElement; input: HTMLInputElement } {
  const input = el("input", { type: "checkbox" });
  input.checked = checked;
  return { field: el("label", { class: "option" }, input, el("span", {}, label)), input };
}

/** A labelled line to type in; the Enter key does what the screen's main button does. */
export function typedField(
  label: string,
  attributes: Readonly<Record<string, Value>>,
  enter: () => void,
): { field: HTMLElement; input: HTMLInputElement } {
  const id = freshId();
  const pressed = (event: Event) => (event as KeyboardEvent).key === "Enter" && enter();
  const input = el("input", { id, type: "text", autocapitalize: "off", spellcheck: "false", onkeydown: pressed, ...attributes });
  return { field: el("div", { class: "field" }, el("label", { for: id }, label), input), input };
}

/** A copy of something that the site has written into the page for scripts to show, or null if it has not. */
export function fromPage(template: string, selector: string): HTMLElement | null {
  const found = document.getElementById(template) as HTMLTemplateElement | null;
  return (found?.content.querySelector(selector)?.cloneNode(true) as HTMLElement | undefined) ?? null;
}

let count = 0;

/** An id that no other element of the page has. */
export function freshId(): string {
  count += 1;
  return `e${count}`;
}
