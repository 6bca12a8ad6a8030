import { request } from 'http';
import { gzipSync } from 'zlib';
import { PageZone, until } from './page-zone';
import { PageFiles } from '../../src/local-api/page-files';

jest.setTimeout(90_000);
let zone: PageZone;
beforeAll(async () => {
  zone = await PageZone.start();
});
afterAll(() => zone?.stop());

interface Answer { readonly status: number; readonly headers: { readonly [name: string]: string | string[] | undefined }; readonly body: string }

/** `fetch` sets the host itself and takes dots out of paths; this sends what it is told. */
function ask(path: string, { method = 'GET', headers = {} }: { method?: string; headers?: { [name: string]: string } } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(zone.url);
    request({ hostname, port, path, method, headers }, response => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks).toString() }));
    }).on('error', reject).end();
  });
}

async function post(call: string, input: object): Promise<any> {
  return (await fetch(`${zone.url}/-/api/${call}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(input) })).json();
}

describe('files of the page', () => {
  test('the page runs nothing but files of the sandbox, and no page of another may frame it', async () => {
    const { status, headers, body } = await ask('/');
    expect([status, headers['content-type'], headers['x-content-type-options']]).toEqual([200, 'text/html; charset=utf-8', 'nosniff']);
    expect(headers['content-security-policy']).toBe("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    expect(body).not.toMatch(/<script(?![^>]* src="\/)|style="|https?:|onerror|onclick/);
  });

  test('each file is served with its type, and what a file names is there', async () => {
    const { paths } = new PageFiles();
    expect(paths).toEqual(expect.arrayContaining(['/', '/app.js', '/style.css', '/uplot/uPlot.esm.js', '/uplot/uPlot.min.css', '/views/overview.js']));
    for (const path of paths) {
      const { status, headers, body } = await ask(path);
      expect([path, status, headers['content-type']]).toEqual([path, 200, path.endsWith('.js') ? 'text/javascript; charset=utf-8' : path.endsWith('.css') ? 'text/css; charset=utf-8' : path.endsWith('.svg') ? 'image/svg+xml' : 'text/html; charset=utf-8']);
      for (const [, named] of body.matchAll(/^import .* from '(\.[^']+)';$/gm)) expect(paths).toContain(new URL(named, `${zone.url}${path}`).pathname);
    }
  });

  test.each(['/../package.json', '/..%2fpackage.json', '/page/index.html', '/views/', '/package.json', '/.env', '//etc/passwd', '/uplot/../../package.json'])('%s is not served', async path => {
    expect((await ask(path)).status).toBe(404);
  });

  test('only GET and HEAD, and HEAD has no body', async () => {
    expect((await ask('/', { method: 'POST' })).status).toBe(405);
    expect(await ask('/', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  });

  test('another name that leads to this machine gets neither the page nor an answer', async () => {
    expect((await ask('/', { headers: { host: 'pages.example' } })).status).toBe(403);
    expect((await ask('/-/api/status', { headers: { host: 'pages.example' } })).status).toBe(403);
    expect((await ask('/-/api/status', { headers: { origin: 'http://pages.example' } })).status).toBe(403);
  });
});

describe('what the page asks', () => {
  test('a device that has enrolled is there with thing, certificate, connection and presence', async () => {
    const device = await zone.device('pump-1');
    await device.publish('things/pump-1/telemetry', '{"t":41.5,"note":"warm"}');
    const { devices, counts } = await zone.get('devices?find=PUMP');
    expect(devices).toEqual([expect.objectContaining({ name: 'pump-1', isThing: true, state: 'connected', certificates: [{ id: expect.stringMatching(/^[0-9a-f]{64}$/), status: 'ACTIVE' }] }), expect.objectContaining({ name: 'claim-pump-1', isThing: false })]);
    expect(counts).toMatchObject({ connected: 1 });
    expect(await zone.get('device?name=pump-1')).toMatchObject({
      thing: { attributes: { line: 'north' }, groups: [] },
      client: { connected: true, history: [{ eventType: 'connected', versionNumber: 0 }] },
      certificates: [{ id: devices[0].certificates[0].id, status: 'ACTIVE', policies: ['Things'], validTo: expect.any(Number) }],
      tables: [{ table: 'Latest', items: [{ ThingName: 'pump-1', t: 41.5, note: 'warm', Status: 'hot' }] }],
    });
    expect((await until(() => zone.get('devices?find=pump-1'), answer => answer.devices[0].inTable !== undefined)).devices[0].inTable).toBe('hot');
    expect(await zone.get('activity?kinds=provisioning')).toMatchObject({ total: 1, records: [{ decision: 'registered', thingName: 'pump-1', templateName: 'Fleet' }] });
    expect(await zone.get('activity?kinds=provisioning&known=1')).toEqual({ total: 1, unchanged: true });
  });

  test('what a device may not do is told with the nearest statement', async () => {
    const device = await zone.device('pump-2');
    await device.publishAgainstPolicy('things/pump-1/telemetry', '{}');
    const { records } = await until(() => zone.get('activity?kinds=mqttDenial'), ({ total }) => total > 0);
    expect(records[0]).toMatchObject({ clientId: 'pump-2', action: 'iot:Publish', resource: expect.stringMatching(/topic\/things\/pump-1\/telemetry$/), reason: expect.stringMatching(/statement .* of policy Things/) });
    expect((await zone.get('device?name=pump-2')).denials).toHaveLength(1);
  });

  test('objects are shown decoded: Parquet, GZIP of JSON lines, and what a failed record was', async () => {
    const device = await zone.device('pump-3');
    await device.publish('things/pump-3/telemetry', '{"t":20}');
    await device.publish('things/pump-3/telemetry', '{"t":"warm"}');
    await post('flush', {});
    const { records } = await zone.get('activity?kinds=delivery');
    const previewOf = async (output: string) => {
      const { bucket, key } = records.find((record: { output: string }) => record.output === output);
      return zone.get(`object?bucket=${bucket}&key=${encodeURIComponent(key)}`);
    };
    const data = await previewOf('data');
    expect(data).toMatchObject({ format: 'parquet', isCut: false, columns: [{ name: 'thing', type: 'varchar' }, { name: 't', type: 'double' }] });
    expect(data.rows).toContainEqual(['pump-3', 20]);
    const raw = await previewOf('backup');
    expect([raw.format, raw.isGzip]).toEqual(['lines', true]);
    expect(raw.lines.map(({ text }: { text: string }) => JSON.parse(text))).toContainEqual({ t: 'warm', thing: 'pump-3' });
    const failed = await previewOf('error');
    expect(failed).toMatchObject({ format: 'lines', lines: [{ rawData: expect.stringContaining('"warm"') }] });
    expect(await zone.get('objects?bucket=lake&prefix=telemetry/')).toMatchObject({ total: 1, objects: [{ key: data.key }] });
  });

  test('a bomb of GZIP, bytes, text and a text that is cut inside a letter are shown as far as they should be', async () => {
    const { store } = zone.sandbox.services.s3;
    await store.put('lake', 'bomb.gz', gzipSync(Buffer.alloc(64 * 1024 * 1024, 'a')));
    await store.put('lake', 'bytes', Buffer.from([0, 1, 2, 255]));
    await store.put('lake', 'text', Buffer.from('<b>no JSON</b>'));
    await store.put('lake', 'long', Buffer.from(`a${'ü'.repeat(200_000)}`));
    await store.put('lake', 'PAR1.broken', Buffer.from('PAR1 and no more'));
    const bomb = await zone.get('object?bucket=lake&key=bomb.gz');
    expect(bomb).toMatchObject({ format: 'text', isCut: true });
    expect(bomb.text).toHaveLength(256 * 1024);
    expect(await zone.get('object?bucket=lake&key=bytes')).toMatchObject({ format: 'binary', binary: '000102ff' });
    expect(await zone.get('object?bucket=lake&key=text')).toMatchObject({ format: 'text', text: '<b>no JSON</b>', isCut: false });
    expect(await zone.get('object?bucket=lake&key=long')).toMatchObject({ format: 'text', isCut: true });
    expect(await zone.get('object?bucket=lake&key=PAR1.broken')).toEqual({ message: expect.stringMatching(/Parquet|parquet/) });
    expect(await zone.get('object?bucket=lake&key=none')).toEqual({ message: 'The specified key does not exist: none' });
  });

  test('items, series, queues with what waits in them, rules, alarms and logs', async () => {
    const device = await zone.device('pump-4');
    await device.publish('things/pump-4/telemetry', '{"t":99}');
    expect(await zone.get('tables')).toMatchObject({ tables: [{ name: 'Latest' }] });
    expect((await zone.get('items?table=Latest')).items).toContainEqual({ ThingName: 'pump-4', t: 99, Status: 'hot' });
    expect(await zone.get('series')).toMatchObject({ series: [{ alias: 'pump-1/t', property: 'Temperature', unit: 'C', asset: 'pump 1', last: { value: 41.5 } }] });
    expect(await zone.get('values?alias=pump-1/t')).toMatchObject({ points: [{ value: 41.5, quality: 'GOOD' }] });
    expect(await zone.get('queues')).toMatchObject({ queues: [{ name: 'errors', visible: 1, inFlight: 0 }] });
    const { messages } = await zone.get('messages?queue=errors');
    expect(JSON.parse(messages[0].body)).toMatchObject({ ruleName: 'newest', failures: [{ failedAction: 'IotSiteWiseAction' }] });
    expect(await zone.get('queues')).toMatchObject({ queues: [{ visible: 1 }] });
    expect(await zone.get('rules')).toMatchObject({ rules: [{ name: 'telemetry', actions: ['Firehose'] }, { name: 'newest', errorAction: 'Sqs', actionsFailed: 1 }] });
    expect(await zone.get('alarms')).toMatchObject({ alarms: [{ name: 'errors', state: expect.any(String) }] });
    zone.sandbox.account.logs.write('/zone', 'stream', 'a line');
    expect(await zone.get('log?group=/zone')).toMatchObject({ lines: [{ message: 'a line' }] });
    expect(await zone.get('notes')).toMatchObject({ notModelled: [{ logicalId: 'Network', type: 'AWS::EC2::VPC' }] });
  });

  test('a trial tells what each rule makes of a message, and what a statement does, and sends nothing', async () => {
    const before = (await zone.get('status')).counters.messagesIn;
    const message = { topic: 'things/pump-9/telemetry', payload: '{"t":31}' };
    expect(await post('trial', { ...message, sql: "SELECT t * 2 AS t FROM 'things/#'" })).toMatchObject({
      statement: { match: true, output: '{"t":62}' },
      rules: [{ rule: 'telemetry', match: true, output: '{"t":31,"thing":"pump-9"}' }, { rule: 'newest', match: true, actions: [{ call: 'dynamodb:PutItem' }, { call: 'iotsitewise:BatchPutAssetPropertyValue' }] }],
    });
    expect(await post('trial', { ...message, payload: '{"t":1}', sql: 'SELECT frob(t)' })).toMatchObject({
      statement: { match: false, error: { line: 1, column: 8 } }, rules: [{ match: true }, { match: false, reason: 'WHERE is not true' }],
    });
    expect((await zone.get('status')).counters.messagesIn).toBe(before);
  });

  test('seconds of traffic have what came in, what was delivered, and how long messages took', async () => {
    const device = await zone.device('pump-5');
    await device.publish('things/pump-5/telemetry', '{"t":1}');
    const { seconds } = await until(() => zone.get('traffic?since=0'), answer => answer.seconds.some((second: { latency?: object }) => second.latency));
    const sum = (name: string) => seconds.reduce((total: number, second: { [name: string]: number }) => total + second[name], 0);
    expect(sum('messagesIn')).toBeGreaterThan(0);
    expect(sum('recordsDelivered')).toBeGreaterThan(0);
    const number = expect.any(Number);
    const { latency } = seconds.find((second: { latency?: object }) => second.latency);
    expect(latency).toEqual({ median: number, p95: number, longest: number, measured: number });
    expect(await zone.get(`traffic?since=${seconds.at(-1).time + 60_000}`)).toEqual({ seconds: [] });
  });

  test('what repeats is told once, with how often', async () => {
    for (let time = 0; time < 3; time++) await post('publish', { topic: 'things/none/telemetry', payload: '{"t":50}' });
    const { records, total } = await zone.get('latest');
    expect(records).toContainEqual(expect.objectContaining({ kind: 'ruleFailure', rule: 'newest', resource: 'none/t', times: 3 }));
    expect(await zone.get(`latest?known=${total}`)).toEqual({ total, unchanged: true });
  });

  test.each([
    ['activity?kinds=frobnicate', "'kinds' must be of mqttDenial"],
    ['traffic?since=soon', "'since' must be a whole number from 0, got \"soon\""],
    ['device?name=nobody', "there is no thing and no client 'nobody'"],
    ['messages?queue=none', "there is no queue 'none'; there are errors"],
    ['items?table=Nothing', 'not found'],
    ['items?table=Latest&start=x', "'start' must be what the page before told as next"],
    ['objects', "'bucket' must be a text"],
    ['objects?bucket=..', 'The specified bucket does not exist'],
    ['object?bucket=lake&key=../../../../../etc/passwd', 'The specified key does not exist'],
  ])('%s is refused with what is wrong', async (call, message) => {
    expect((await zone.get(call)).message).toContain(message);
  });
});
