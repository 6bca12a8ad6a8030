import { get } from '../api.js';
import { DataTable } from '../data-table.js';
import { h, link } from '../element.js';
import { time, timeText, valueText } from '../format.js';
import { Plot } from '../plot.js';

const PLOTS = 24;
const nameOf = ({ alias, asset, property }) => alias ?? `${asset} ${property}`;
const numberOf = value => typeof value === 'boolean' ? Number(value) : typeof value === 'number' ? value : null;

export const series = {
  path: 'series',
  title: 'SiteWise',
  open(region) {
    const plots = new Map();
    const place = h('div.plots', {});
    const table = new DataTable({
      label: 'Time series',
      key: each => `${each.assetId}/${each.propertyId}/${each.alias}`,
      columns: [
        { label: 'Alias', class: 'name', text: each => each.alias ?? '' },
        { label: 'Last value', class: 'number', text: each => each.last ? `${valueText(each.last.value)} ${each.unit ?? ''}` : '' },
        { label: 'Its time', class: 'time', text: each => timeText(each.last?.time), node: each => time(each.last?.time) },
        { label: 'Asset', text: each => each.asset ?? 'none' },
        { label: 'Property', text: each => each.property ?? '' },
        { label: 'Type', text: each => each.dataType },
      ],
      empty: [h('p', {}, 'No property is measured: the template has no asset (AWS::IoTSiteWise::Asset) with a measurement. ', link('Rules', 'rules'), ' shows whether a rule sends values here.')],
    });
    region.append(place, h('h2', {}, 'All measurements'), table.element);
    return {
      every: 3000,
      async refresh() {
        const measured = (await get('series')).series.filter(({ isMeasured }) => isMeasured);
        table.update(measured);
        for (const each of measured.filter(({ last }) => last && numberOf(last.value) !== null).slice(0, PLOTS)) {
          const key = nameOf(each);
          let known = plots.get(key);
          if (!known) {
            const plot = new Plot({ label: key, series: [{ label: each.property ?? 'value', unit: each.unit, step: each.dataType === 'BOOLEAN' }], height: 110 });
            plots.set(key, known = { plot });
            place.append(plot.element);
          }
          const newest = JSON.stringify(each.last);
          if (known.newest === newest) continue;
          known.newest = newest;
          const { points } = await get('values', each.assetId ? { assetId: each.assetId, propertyId: each.propertyId } : { alias: each.alias });
          known.plot.update([points.map(point => point.time / 1000), points.map(point => numberOf(point.value))]);
        }
      },
      close: () => plots.forEach(({ plot }) => plot.close()),
    };
  },
};
