import { existsSync, mkdtempSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { BrowserContext, chromium, Page } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Where Chromium is; undefined where it is not installed. */
export const CHROMIUM = [...process.env.CHROMIUM === undefined ? [] : [process.env.CHROMIUM], ...PLACES].find(existsSync);

/** A browser with one page, and what went wrong in it. */
export class Browser {
  static async open(): Promise<Browser> {
    const folder = mkdtempSync(path.join(tmpdir(), 'chromium-'));
    const context = await chromium.launchPersistentContext(folder, { executablePath: CHROMIUM, headless: true, args: FLAGS, timezoneId: 'Europe/Berlin' });
    return new Browser(folder, context, context.pages()[0] ?? await context.newPage());
  }

  /** Errors of the console and of scripts. */
  readonly errors: string[] = [];
  readonly requests: string[] = [];

  private constructor(private readonly folder: string, private readonly context: BrowserContext, readonly page: Page) {
    page.setDefaultTimeout(20_000);
    page.on('console', message => message.type() === 'error' && this.errors.push(message.text()));
    page.on('pageerror', error => this.errors.push(error.message));
    page.on('dialog', dialog => {
      this.errors.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', request => this.requests.push(request.url()));
  }

  /** Goes to a view and waits until its data is there. */
  async show(view: string, waitFor: string): Promise<void> {
    await this.page.evaluate(hash => { location.hash = hash; }, `#/${view}`);
    await this.page.locator(waitFor).first().waitFor();
  }

  /** What axe finds serious or critical, as `rule: element`. */
  async serious(): Promise<string[]> {
    await this.page.evaluate(AXE);
    const { violations } = await this.page.evaluate('axe.run({ resultTypes: ["violations"] })') as { violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[] };
    return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
  }

  async close(): Promise<void> {
    await this.context.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
