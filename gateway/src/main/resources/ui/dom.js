// Elements from code, and their update in place. Text enters the page as text nodes and attribute values only, so
// that what stands in records stays text; the page's policy (trusted types) refuses markup from strings anyway.

const SVG = 'http://www.w3.org/2000/svg';
const HANDLERS = Symbol('handlers');
const KEY = Symbol('key');
const VALUE = Symbol('value');
const OWNED = Symbol('owned');

/**
 * An HTML element. Attributes: on* are handlers; key tells siblings apart; value and checked are properties; owned: its
 * children are somebody else's business. null, undefined and false leave an attribute out.
 */
export function h(name, attributes, ...children) {
  return build(document.createElement(name), attributes, children);
}

/** An SVG element. */
export function svg(name, attributes, ...children) {
  return build(document.createElementNS(SVG, name), attributes, children);
}

function build(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) set(node, name, value);
  append(node, children);
  // A select knows its options only now.
  if (node.localName === 'select' && node[VALUE] !== undefined) node.value = node[VALUE];
  return node;
}

function set(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === 'key') node[KEY] = String(value);
  else if (name === 'owned') node[OWNED] = true;
  else if (name.startsWith('on')) listen(node, name.slice(2), value);
  else if (name === 'style')
    for (const [property, text] of Object.entries(value)) node.style.setProperty(property, text);
  else if (name === 'value' || name === 'checked') {
    node[VALUE] = value;
    node[name] = value;
  } else node.setAttribute(name, value === true ? '' : String(value));
}

function listen(node, type, handler) {
  const handlers = (node[HANDLERS] ??= {});
  if (!handlers[type]) node.addEventListener(type, dispatch);
  handlers[type] = handler;
}

function dispatch(event) {
  event.currentTarget[HANDLERS]?.[event.type]?.(event);
}

function append(node, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false || child === '') continue;
    if (Array.isArray(child)) append(node, child);
    else node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Puts children in place of what is in parent, keeping elements (focus, scroll, what was typed) where they match. */
export function fill(parent, ...children) {
  const wanted = document.createElement('div');
  append(wanted, children);
  morphChildren(parent, wanted);
}

function morph(from, to) {
  if (from.nodeType === Node.TEXT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return;
  }
  for (const { name } of [...from.attributes]) if (!to.hasAttribute(name)) from.removeAttribute(name);
  for (const { name, value } of [...to.attributes]) {
    // The page's policy refuses style attributes, not styles that code sets.
    if (name === 'style') from.style.cssText = to.style.cssText;
    else if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  for (const [type, handler] of Object.entries(to[HANDLERS] ?? {})) listen(from, type, handler);
  for (const type of Object.keys(from[HANDLERS] ?? {}))
    if (!to[HANDLERS]?.[type]) (delete from[HANDLERS][type], from.removeEventListener(type, dispatch));
  if (!to[OWNED]) morphChildren(from, to);
  if (to[VALUE] !== undefined && to[VALUE] !== from[VALUE]) {
    from[VALUE] = to[VALUE];
    const property = from.type === 'checkbox' || from.type === 'radio' ? 'checked' : 'value';
    if (from[property] !== to[VALUE]) from[property] = to[VALUE];
  }
}

function alike(from, to) {
  return from.nodeType === to.nodeType && from.nodeName === to.nodeName && from[KEY] === to[KEY];
}

function morphChildren(from, to) {
  const keyed = new Map();
  for (const child of from.childNodes) if (child[KEY] !== undefined) keyed.set(child[KEY], child);
  let place = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    // Elements with a key are found wherever they are; others only at their place.
    const found = wanted[KEY] === undefined ? place : keyed.get(wanted[KEY]);
    if (!found || !alike(found, wanted)) {
      from.insertBefore(wanted, place);
      continue;
    }
    if (found === place) place = place.nextSibling;
    else from.insertBefore(found, place);
    morph(found, wanted);
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

/** Text for those who hear the page. */
export const heard = text => h('span', { class: 'heard' }, text);
