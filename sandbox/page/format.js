import { h } from './element.js';

const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

export const count = number => number === undefined ? '' : whole.format(number);
export const amount = number => number === undefined || number === null ? '–' : short.format(number);
export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

export function bytes(number) {
  if (number < 1000) return `${number} B`;
  const [value, unit] = number < 1e6 ? [number / 1e3, 'kB'] : number < 1e9 ? [number / 1e6, 'MB'] : [number / 1e9, 'GB'];
  return `${short.format(value)} ${unit}`;
}

/** A time in this browser's zone; its title has it in UTC. */
export function time(milliseconds) {
  if (milliseconds === undefined || milliseconds === null) return '';
  const date = new Date(milliseconds);
  return h('time', { datetime: date.toISOString(), title: date.toISOString().replace('T', ' ').replace('Z', ' UTC') }, timeText(milliseconds));
}

export function timeText(milliseconds) {
  if (milliseconds === undefined || milliseconds === null) return '';
  const date = new Date(milliseconds);
  const two = number => String(number).padStart(2, '0');
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return date.toDateString() === new Date().toDateString() ? clock : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock}`;
}

/** JSON on more than one line, or the text as it is. */
export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

export function valueText(value) {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A word with a colour; the word alone says it all. */
export function badge(text, tone = 'plain') {
  return h('span.badge', { 'data-tone': tone }, text);
}
