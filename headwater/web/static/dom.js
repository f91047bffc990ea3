// Elements as values, and a page that changes into new ones where they differ: focus, scroll and what is
// open stay. Text is only ever set as text, so that nothing an event holds is read as markup.

const HANDLERS = [
  "click",
  "submit",
  "change",
  "focus",
  "blur",
  "pointerenter",
  "pointermove",
  "pointerleave",
].map((name) => `on${name}`);
const SVG = "http://www.w3.org/2000/svg";

/** An element: attributes (functions under `on…` are handlers; `style` is an object), then children. */
export const h = (tag, attributes, ...children) => made(document.createElement(tag), attributes, children);

/** The same, of SVG. */
export const svg = (tag, attributes, ...children) =>
  made(document.createElementNS(SVG, tag), attributes, children);

function made(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) element[name] = value;
    else if (name === "style") for (const [k, v] of Object.entries(value)) element.style.setProperty(k, v);
    else if (value === 0 || value) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child === 0 || child));
  return element;
}

/** Makes the children of `there` like these. */
export function show(there, ...children) {
  liken(there, h("div", null, ...children));
}

function liken(there, wanted) {
  const old = [...there.childNodes];
  const fresh = [...wanted.childNodes];
  fresh.forEach((node, n) => {
    const before = old[n];
    if (!before) there.append(node);
    else if (before.nodeName !== node.nodeName || before.id !== node.id) before.replaceWith(node);
    else if (node.nodeType === Node.TEXT_NODE) {
      if (before.data !== node.data) before.data = node.data;
    } else {
      dress(before, node);
      liken(before, node);
    }
  });
  old.slice(fresh.length).forEach((node) => node.remove());
}

function dress(before, node) {
  for (const { name } of [...before.attributes]) {
    // What a reader has opened or lit stays so; a style is set below, since a policy forbids it as an attribute.
    if (!node.hasAttribute(name) && !["open", "data-lit", "style", "hidden"].includes(name))
      before.removeAttribute(name);
  }
  for (const { name, value } of node.attributes) {
    if (name === "style" || before.getAttribute(name) === value) continue;
    before.setAttribute(name, value);
    // Once a reader has typed, a field no longer follows its attribute.
    if (name === "value" && before !== document.activeElement) before.value = value;
    if (name === "selected") before.selected = true;
  }
  if (before.style.cssText !== node.style.cssText) before.style.cssText = node.style.cssText;
  for (const handler of HANDLERS) {
    if (before[handler] !== node[handler]) before[handler] = node[handler];
  }
}
