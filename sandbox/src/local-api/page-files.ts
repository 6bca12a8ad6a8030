import { readdirSync } from 'fs';
import { readFile } from 'fs/promises';
import * as path from 'path';
import { foreignOrigin } from './local-api';
import { HttpAnswer, HttpRequest } from '../http';

const PAGE = path.join(__dirname, '../../page');
/** Of `uplot`, which draws the plots; nothing is fetched from elsewhere. */
const PLOT_FILES = ['uPlot.esm.js', 'uPlot.min.css'];
const TYPES: { readonly [extension: string]: string } = {
  '.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.svg': 'image/svg+xml',
};

/** Only files of this endpoint run, and nothing in the text of a page does, whatever a device calls itself. */
const SECURITY = {
  'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** The files of the page, by the path at which they are served. What is not in the list at the start is not there. */
export class PageFiles {
  private readonly files: ReadonlyMap<string, string>;

  constructor() {
    const own = readdirSync(PAGE, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile() && path.extname(entry.name) in TYPES)
      .map(entry => path.join(entry.parentPath, entry.name));
    this.files = new Map([
      ...own.map((file): [string, string] => [`/${path.relative(PAGE, file).split(path.sep).join('/')}`, file]),
      ['/', path.join(PAGE, 'index.html')],
      ...PLOT_FILES.map((name): [string, string] => [`/uplot/${name}`, require.resolve(`uplot/dist/${name}`)]),
    ]);
  }

  get paths(): string[] {
    return [...this.files.keys()];
  }

  async handle(request: HttpRequest): Promise<HttpAnswer> {
    const file = this.files.get(request.path);
    if (file === undefined) return refusal(404, 'the request is not signed, and nothing is served at this path; the page is at /');
    if (request.method !== 'GET' && request.method !== 'HEAD') return refusal(405, `the page takes GET, not ${request.method}`);
    const refused = foreignOrigin({ ...request, method: 'GET' });
    if (refused) return refusal(403, refused);
    return { status: 200, headers: { ...SECURITY, 'content-type': TYPES[path.extname(file)], 'cache-control': 'no-cache' }, body: await readFile(file) };
  }
}

function refusal(status: number, message: string): HttpAnswer {
  return {
    status,
    headers: { ...SECURITY, 'content-type': 'application/json' },
    body: JSON.stringify({ __type: status === 405 ? 'MethodNotAllowed' : 'MissingAuthenticationTokenException', message }),
  };
}
