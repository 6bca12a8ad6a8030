import { cpSync, existsSync, readdirSync, rmSync, writeFileSync } from 'fs';
import * as path from 'path';
import { build } from 'esbuild';
import { openApiDocument } from '../src/onboarding/handler/openapi';

const root = path.join(__dirname, '..');

/** `src/x/handler` becomes `assets/x`, `src/x/y-handler` becomes `assets/x-y`. */
function handlers(): { entry: string; asset: string }[] {
  const capabilities = readdirSync(path.join(root, 'src'), { withFileTypes: true }).filter(entry => entry.isDirectory());
  return capabilities.flatMap(({ name: capability }) => readdirSync(path.join(root, 'src', capability))
    .filter(folder => folder === 'handler' || folder.endsWith('-handler'))
    .map(folder => ({
      entry: path.join(root, 'src', capability, folder, 'index.ts'),
      asset: [capability, folder.replace(/-?handler$/, '')].filter(Boolean).join('-'),
    })))
    .filter(({ entry }) => existsSync(entry));
}

/** Scripts of Glue jobs are shipped as they are: `src/x/y-job` becomes `assets/x-y`. */
function copyJobs(): void {
  for (const folder of readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(name => /^[^/\\]+[/\\][^/\\]+-job$/.test(name))) {
    const asset = folder.replace(/[/\\]/, '-').replace(/-job$/, '');
    cpSync(path.join(root, 'src', folder), path.join(root, 'assets', asset), { recursive: true, filter: source => !source.includes('__pycache__') });
  }
}

async function main(): Promise<void> {
  rmSync(path.join(root, 'assets'), { recursive: true, force: true });
  copyJobs();
  await Promise.all(handlers().map(({ entry, asset }) => build({
    entryPoints: [entry],
    outfile: path.join(root, 'assets', asset, 'index.js'),
    bundle: true,
    minify: true,
    sourcemap: 'external',
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    mainFields: ['module', 'main'],
    logLevel: 'warning',
    legalComments: 'none',
    absWorkingDir: root,
  })));
  // Whoever writes a client finds it in the package.
  writeFileSync(path.join(root, 'assets', 'onboarding', 'openapi.json'), `${JSON.stringify(openApiDocument(), null, 2)}\n`);
}

void main().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
