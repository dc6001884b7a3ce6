// Elements described as values, and the smallest change that makes the page look like them.
// Elements stay the same objects between two drawings, so a finger or the focus on one is not lost.

/** A description of an element. `on*` props are listeners, `vars` are CSS custom properties. */
export function h(tag, props, ...children) {
  return { tag, props: props ?? {}, children: children.flat(Infinity).filter((c) => c || c === 0) };
}

/** Make `parent` contain exactly what `wanted` describes. */
export function draw(parent, wanted) {
  const keyed = new Map();
  for (const node of parent.childNodes) if (node.drawnKey !== undefined) keyed.set(node.drawnKey, node);
  let cursor = parent.firstChild;
  for (const item of wanted) {
    const node = reuse(item, cursor, keyed) ?? create(item);
    if (node === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(node, cursor);
    update(node, item);
  }
  while (cursor) {
    const next = cursor.nextSibling;
    cursor.remove();
    cursor = next;
  }
}

const isText = (item) => typeof item !== "object";

function reuse(item, cursor, keyed) {
  if (isText(item)) return cursor?.nodeType === Node.TEXT_NODE ? cursor : null;
  const key = item.props.key;
  const node = key === undefined ? cursor : keyed.get(key);
  const fits = node?.nodeType === Node.ELEMENT_NODE && node.localName === item.tag && node.drawnKey === key;
  return fits ? node : null;
}

function create(item) {
  if (isText(item)) return document.createTextNode(String(item));
  const node = document.createElement(item.tag);
  node.drawnKey = item.props.key;
  node.drawnProps = {};
  node.listeners = {};
  return node;
}

function update(node, item) {
  if (isText(item)) {
    if (node.data !== String(item)) node.data = String(item);
    return;
  }
  const before = node.drawnProps;
  for (const name of Object.keys(before)) if (!(name in item.props)) setProp(node, name, null);
  for (const [name, value] of Object.entries(item.props)) {
    if (before[name] !== value) setProp(node, name, value);
  }
  node.drawnProps = item.props;
  draw(node, item.children);
}

function setProp(node, name, value) {
  if (name === "key") return;
  if (name.startsWith("on")) return setListener(node, name.slice(2), value);
  if (name === "vars") {
    for (const [key, text] of Object.entries(value ?? {})) node.style.setProperty(key, text);
    return;
  }
  if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : String(value));
}

function setListener(node, type, listener) {
  if (!(type in node.listeners)) node.addEventListener(type, (event) => node.listeners[type]?.(event));
  node.listeners[type] = listener;
}
