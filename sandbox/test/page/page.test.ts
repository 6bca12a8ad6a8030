import { connectAsync } from 'mqtt';
import { Browser, CHROMIUM } from './browser';
import { PageZone, until } from './page-zone';

jest.setTimeout(240_000);

/** A name that would run a script, were it ever taken for markup. */
const HOSTILE = '<img src=x onerror=alert(1)>';
/** Each view with something that is there once its data is. */
const VIEWS: readonly [string, string][] = [
  ['', '.tile >> text=Devices connected'], ['devices', 'td >> text=pump-1'], ['devices/pump-1', 'h2 >> text=Certificates'], ['denied', 'td >> text=iot:Publish'],
  ['provisioning', 'td >> text=registered'], ['rules', 'td >> text=newest'], ['queues', 'td >> text=errors'], ['queues/errors', 'pre'], ['alarms', 'td >> text=errors'],
  ['objects', 'td a >> text=telemetry/'], ['lake', 'button >> text=site.telemetry'], ['tables', 'td >> text=Latest'], ['tables/Latest', 'td >> text=hot'], ['series', '.plot canvas'],
  ['logs', 'td >> text=/zone'], ['logs/%2Fzone', 'td >> text=a line'], ['try', '#topic'], ['notes', 'td >> text=AWS::EC2::VPC'],
];

if (CHROMIUM === undefined) {
  test('no Chromium is installed: the page is tested over HTTP alone (page-api.test.ts); install Debian\'s chromium, or name one in CHROMIUM', () => {
    console.warn('no Chromium: views, keyboard and accessibility of the page are not tested here');
    expect(CHROMIUM).toBeUndefined();
  });
} else {
  describe('the page in Chromium', withBrowser);
}

function withBrowser(): void {
  let zone: PageZone;
  let browser: Browser;
  beforeAll(async () => {
    [zone, browser] = await Promise.all([PageZone.start(), Browser.open()]);
    await browser.page.setViewportSize({ width: 1280, height: 900 });
    await browser.page.goto(zone.url);
  });
  afterAll(async () => {
    await browser?.close();
    await zone?.stop();
  });

  test('an empty site says what to do', async () => {
    await browser.page.locator('.hint >> text=No device yet').waitFor();
    for (const [view, text] of [['provisioning', 'No device has asked'], ['denied', 'No device was denied'], ['objects', 'No stream has delivered'], ['tables/Latest', 'The table has no item'], ['queues/errors', 'Nothing waits']]) {
      await browser.show(view, `.empty >> text=${text}`);
    }
  });

  test('a device appears by itself after it has enrolled, and its values as a plot', async () => {
    await browser.show('devices', 'h1 >> text=Devices');
    const device = await zone.device('pump-1');
    await browser.page.locator('tr', { hasText: 'pump-1' }).filter({ hasNotText: 'claim' }).locator('text=connected').first().waitFor();
    await device.publish('things/pump-1/telemetry', '{"t":41.5}');
    await browser.page.locator('td >> text=hot').waitFor();
    await browser.show('series', '.plot canvas');
    await browser.page.locator('[role=img][aria-label*="41.5 C"]').waitFor();
    await browser.show('', '.tile >> text=1 of 1');
    await browser.page.locator('.plot canvas').nth(1).waitFor();
  });

  test('a denial appears by itself, with the nearest statement', async () => {
    await browser.show('denied', 'text=No device was denied');
    const device = await zone.device('pump-2');
    await device.publishAgainstPolicy('things/pump-1/telemetry', '{}');
    await browser.page.locator('tr', { hasText: 'pump-2' }).locator('text=of policy Things').waitFor();
    await browser.page.locator('nav .mark[data-tone=bad]').first().waitFor();
  });

  test('the box publishes a message, and tells which rules have it', async () => {
    await browser.show('try', '#topic');
    const { page } = browser;
    await page.fill('#topic', 'things/hand/telemetry');
    await page.fill('#payload', '{"t":77}');
    await page.click('button >> text=Publish');
    await page.locator('text=Published to things/hand/telemetry').waitFor();
    await page.locator('h2 >> text=Rules that match: 2 of 2').waitFor();
    const { items } = await zone.get('items?table=Latest');
    expect(items).toContainEqual({ ThingName: 'hand', t: 77, Status: 'hot' });
  });

  test('the box of SQL shows the result of the statement and of each rule, and where an error is; nothing is sent', async () => {
    const { page } = browser;
    const before = (await zone.get('status')).counters.messagesIn;
    await page.fill('#payload', '{"t":5}');
    await page.fill('#sql', "SELECT t * 2 AS twice FROM 'things/+/telemetry'");
    await page.click('button >> text=Try the rules');
    await page.locator('pre >> text="twice": 10').waitFor();
    await page.click('summary >> text=1 that do not match');
    await page.locator('li >> text=WHERE is not true').waitFor();
    await page.fill('#sql', 'SELECT frob(t)');
    await page.click('button >> text=Try the rules');
    await page.locator('.wrong >> text=Line 1, column 8: there is no function frob()').waitFor();
    await page.fill('#topic', 'things/+/telemetry');
    await page.click('button >> text=Publish');
    await page.locator('.sum[data-tone=bad] >> text=a topic has no wildcards').waitFor();
    expect((await zone.get('status')).counters.messagesIn).toBe(before);
    expect(browser.errors.splice(0)).toEqual([expect.stringContaining('400')]);
  });

  test('what streams hold is delivered on demand, and objects open decoded: rows of Parquet, and what a failed record was', async () => {
    const { page } = browser;
    const device = await zone.device('pump-3');
    await device.publish('things/pump-3/telemetry', `{"t":"${HOSTILE}"}`);
    await browser.show('objects', 'text=Deliver what streams hold');
    await page.click('text=Deliver what streams hold');
    await page.locator('[role=status] >> text=delivered').waitFor();
    await page.locator('td a >> text=/^telemetry\\//').first().click();
    await page.locator('dd >> text=Parquet').waitFor();
    await page.locator('td >> text=41.5').waitFor();
    await page.goBack();
    await page.selectOption('#output', 'error');
    await page.locator('td a >> text=errors/format-conversion-failed').first().click();
    await page.locator('text=rawData, decoded').first().waitFor();
    expect(await page.locator('pre').last().textContent()).toContain(HOSTILE);
  });

  test('a query of the lake shows rows, and what it read', async () => {
    const { page } = browser;
    await browser.show('lake', 'button >> text=site.telemetry');
    await page.fill('#sql', 'SELECT thing, t FROM site.telemetry WHERE t > 40 ORDER BY t');
    await page.click('button >> text=Run');
    await page.locator('.sum >> text=read site.telemetry: 1 file').waitFor();
    expect(await page.locator('tbody tr').allTextContents()).toEqual(['pump-141.5', 'hand77']);
    await page.fill('#sql', 'SELECT nothing FROM nowhere');
    await page.click('button >> text=Run');
    await page.locator('.sum[data-tone=bad] >> text=TABLE_NOT_FOUND').waitFor();
    browser.errors.splice(0);
  });

  test('names, topics and payloads that devices make up stay text', async () => {
    const { page } = browser;
    const { host, port, caPem } = zone.sandbox.mqtt;
    const client = await connectAsync({ protocol: 'mqtts', host, port, ca: caPem, cert: zone.claim.certificatePem, key: zone.claim.privateKey, clientId: HOSTILE });
    await client.publishAsync(`things/${HOSTILE}/telemetry`, JSON.stringify({ t: 50, note: HOSTILE }), { qos: 1 });
    await zone.sandbox.account.call('iotdata', 'Publish', { topic: `things/${HOSTILE}/telemetry`, payload: Buffer.from('{"t":"hot"}') }, zone.sandbox.account.operator);
    zone.sandbox.account.logs.write('/zone', 'stream', HOSTILE);
    for (const [view, selector] of [
      ['devices', 'td.name a'], [`devices/${encodeURIComponent(HOSTILE)}`, 'h1'], ['tables/Latest', 'td'], ['logs/%2Fzone', 'td code'], ['queues/errors', 'td pre'], ['rules', 'td code'], ['', 'td'],
    ]) await browser.show(view, `${selector} >> text=onerror=alert`);
    await browser.show('queues/errors', 'text=base64OriginalPayload, decoded');
    await browser.show(`devices/${encodeURIComponent(HOSTILE)}`, 'h2 >> text=Connection');
    expect(await page.locator('img').count()).toBe(0);
    await client.endAsync();
  });

  test('the keyboard alone leads to a view, into its table and to a device, and the focus can be seen', async () => {
    const { page } = browser;
    zone.sandbox.account.logs.write('/zone', 'stream', 'a line');
    await page.goto(`${zone.url}/#/`);
    await page.reload();
    await page.locator('.tile >> text=Devices connected').waitFor();
    const focused = () => page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      return { text: element.textContent, outline: getComputedStyle(element).outlineStyle };
    });
    await page.keyboard.press('Tab');
    expect(await focused()).toEqual({ text: 'Skip to content', outline: 'solid' });
    while (!(await focused()).text!.startsWith('Devices')) await page.keyboard.press('Tab');
    expect((await focused()).outline).toBe('solid');
    await page.keyboard.press('Enter');
    await page.locator('h1 >> text=Devices').waitFor();
    await page.locator('td >> text=pump-1').first().waitFor();
    expect((await focused()).text).toBe('Devices');
    for (let presses = 0; (await focused()).text !== 'pump-1'; presses++) {
      expect(presses).toBeLessThan(20);
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.locator('h2 >> text=Certificates').waitFor();
    expect((await focused()).text).toBe('pump-1');
  });

  test('what is focused and selected stays while data is asked anew', async () => {
    const { page } = browser;
    await browser.show('devices', 'td >> text=pump-1');
    await page.locator('td a', { hasText: /^pump-1$/ }).focus();
    await zone.device('pump-0');
    await page.locator('td a', { hasText: /^pump-0$/ }).waitFor();
    expect(await page.evaluate(() => document.activeElement!.textContent)).toBe('pump-1');
  });

  test('times are local, with UTC in the title', async () => {
    await browser.show('devices', 'td time');
    const time = browser.page.locator('td time').first();
    const [title, text] = [await time.getAttribute('title'), await time.textContent()];
    expect(title).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC$/);
    const local = new Intl.DateTimeFormat('de', { timeStyle: 'medium', timeZone: 'Europe/Berlin' }).format(new Date(title!.replace(' UTC', 'Z').replace(' ', 'T')));
    expect(text).toContain(local);
  });

  describe.each(['light', 'dark'] as const)('in %s', colorScheme => {
    test('axe finds nothing serious in any view', async () => {
      await browser.page.emulateMedia({ colorScheme });
      for (const [view, selector] of VIEWS) {
        await browser.show(view, selector);
        expect([view, await browser.serious()]).toEqual([view, []]);
      }
    });
  });

  test.each([360, 768, 1440])('at %i pixels the page never scrolls sideways', async width => {
    const { page } = browser;
    await page.setViewportSize({ width, height: 800 });
    for (const [view, selector] of VIEWS) {
      await browser.show(view, selector);
      const scrolled = await page.evaluate(() => {
        scrollTo(10_000, 0);
        return scrollX;
      });
      expect([view, scrolled]).toEqual([view, 0]);
    }
  });

  test('a page that nobody sees asks nothing', async () => {
    const { page } = browser;
    await browser.show('', '.tile');
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: true, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await page.waitForLoadState('networkidle');
    await page.waitForTimeout(1500);
    const before = browser.requests.length;
    await page.waitForTimeout(5000);
    expect(browser.requests.length).toBe(before);
  });

  test('nothing went wrong in the browser, and no other host was asked', () => {
    expect(browser.errors).toEqual([]);
    expect(new Set(browser.requests.map(address => new URL(address).origin))).toEqual(new Set([zone.url]));
  });

  test('a sandbox that is gone is told, and the page finds it again when it comes back', async () => {
    const { page } = browser;
    await page.goto(`${zone.url}/#/`);
    await page.reload();
    await page.locator('[data-state=live]').waitFor();
    await page.route('**/-/api/**', route => route.abort());
    await page.locator('[role=alert] >> text=does not answer').waitFor();
    await page.unroute('**/-/api/**');
    await page.locator('[data-state=live]').waitFor();
    await until(() => page.locator('[role=alert]').isVisible(), isVisible => !isVisible);
  });
}
