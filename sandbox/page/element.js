/**
 * Makes an element. Text only ever becomes text: what devices call themselves cannot become markup.
 *
 * @param {string} tag - `div`, or `div.name.other` with classes
 * @param {object} attributes - attributes; functions are listeners, `onclick`
 * @param {...(Node|string|number|null|undefined|false|Array)} children
 */
export function h(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  const element = document.createElement(name);
  if (classes.length > 0) element.className = classes.join(' ');
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === 'function') element.addEventListener(key.slice(2), value);
    else if (key === 'value') element.value = value;
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children) {
    if (child === undefined || child === null || child === false) continue;
    if (Array.isArray(child)) append(element, child);
    else element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Sets the text of an element where it is another one, so that a selection in it stays. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** `#/devices/pump%201` */
export function linkTo(...parts) {
  return `#/${parts.map(encodeURIComponent).join('/')}`;
}

export function link(text, ...parts) {
  return h('a', { href: linkTo(...parts) }, text);
}
