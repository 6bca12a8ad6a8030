import uPlot from './uplot/uPlot.esm.js';
import { h, setText } from './element.js';
import { amount, timeText } from './format.js';

const dark = matchMedia('(prefers-color-scheme: dark)');
const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Values over time. What the lines show is also in the legend as text, for the newest point or the one under the pointer. */
export class Plot {
  /** @param series - `{ label, colour: '--line-1', unit }` */
  constructor({ label, series, height = 150 }) {
    this.series = series;
    this.height = height;
    this.values = series.map(() => h('b', {}, '–'));
    this.at = h('span.at', {}, '');
    this.canvas = h('div.canvas', { role: 'img', 'aria-label': label });
    this.canvas.style.height = `${height}px`;
    this.element = h('figure.plot', {},
      h('figcaption', {}, h('span.title', {}, label), series.map((each, at) => h('span.key', {},
        h('span.swatch', { 'data-line': String(at + 1), 'aria-hidden': 'true' }), `${each.label} `, this.values[at], each.unit ? ` ${each.unit}` : '')), this.at),
      this.canvas);
    this.label = label;
    this.data = [[], ...series.map(() => [])];
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.canvas);
    this.repaint = () => this.draw();
    dark.addEventListener('change', this.repaint);
  }

  /** @param data - seconds, then values of each series; null is a gap */
  update(data) {
    this.data = data;
    if (this.plot) this.plot.setData(data);
    else this.draw();
    this.tell(null);
  }

  close() {
    this.observer.disconnect();
    dark.removeEventListener('change', this.repaint);
    this.plot?.destroy();
  }

  draw() {
    this.plot?.destroy();
    this.plot = undefined;
    const width = this.canvas.clientWidth;
    if (width === 0) return;
    const axis = { stroke: colour('--muted'), grid: { stroke: colour('--grid'), width: 1 }, ticks: { show: false }, font: '11px system-ui, sans-serif' };
    this.plot = new uPlot({
      width,
      height: this.height,
      legend: { show: false },
      padding: [8, 12, 0, 0],
      cursor: { y: false, points: { size: 5 }, drag: { x: false, y: false } },
      scales: { y: { range: (_plot, low, high) => rangeOf(low, high) } },
      axes: [{ ...axis, space: 80, size: 26, values: (_plot, splits) => splits.map(split => timeText(split * 1000).slice(-8)) }, { ...axis, size: 46, values: (_plot, splits) => splits.map(amount) }],
      series: [{}, ...this.series.map(({ step }, at) => ({
        stroke: colour(`--line-${at + 1}`), width: 1.5, spanGaps: false, points: { show: false }, paths: step ? uPlot.paths.stepped({ align: 1 }) : undefined,
      }))],
      hooks: { setCursor: [plot => this.tell(plot.cursor.idx)] },
    }, this.data, this.canvas);
  }

  resize() {
    const width = this.canvas.clientWidth;
    if (this.plot && width > 0 && width !== this.plot.width) this.plot.setSize({ width, height: this.height });
    else if (!this.plot) this.draw();
  }

  /** @param index - the point under the pointer; null for the newest of each series */
  tell(index) {
    const [times] = this.data;
    this.series.forEach((_each, at) => {
      const values = this.data[at + 1] ?? [];
      const value = index === null || index === undefined ? values.findLast(each => each !== null && each !== undefined) : values[index];
      setText(this.values[at], amount(value));
    });
    const pointed = index === null || index === undefined ? undefined : times[index];
    setText(this.at, pointed === undefined ? '' : timeText(pointed * 1000));
    if (pointed === undefined) this.canvas.setAttribute('aria-label', `${this.label}: ${this.series.map(({ label, unit = '' }, at) => `${label} ${this.values[at].textContent} ${unit}`.trim()).join(', ')}`);
  }
}

function rangeOf(low, high) {
  if (low === null || high === null) return [0, 1];
  if (low >= 0 && low < high * 0.6 || low === high && low >= 0) return [0, high === 0 ? 1 : high * 1.1];
  const room = (high - low || 1) * 0.1;
  return [low - room, high + room];
}
