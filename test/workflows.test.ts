import { readdirSync, readFileSync } from 'fs';
import * as path from 'path';
import { parse } from 'yaml';

const folder = path.join(__dirname, '../.github/workflows');

interface Step { uses?: string; run?: string; with?: Record<string, unknown> }
interface Job { steps: Step[]; permissions?: Record<string, string>; environment?: string; needs?: string }
interface Workflow { on: Record<string, any>; permissions?: Record<string, string>; jobs: Record<string, Job> }

const texts = new Map(readdirSync(folder).map(file => [file, readFileSync(path.join(folder, file), 'utf8')]));
const workflow = (file: string): Workflow => parse(texts.get(file)!);
const steps = (file: string) => Object.values(workflow(file).jobs).flatMap(job => job.steps);

describe.each([...texts.keys()])('workflow %s', file => {
  test('runs nothing for strangers with the rights of the repository', () => {
    expect(Object.keys(workflow(file).on)).not.toEqual(expect.arrayContaining(['pull_request_target']));
    expect(Object.keys(workflow(file).on)).not.toEqual(expect.arrayContaining(['workflow_run']));
  });

  test('may read, unless a job says what else it needs', () => {
    expect(workflow(file).permissions).toEqual({ contents: 'read' });
    for (const { permissions = {} } of Object.values(workflow(file).jobs)) {
      const writes = Object.keys(permissions).filter(scope => permissions[scope] === 'write');
      expect(['id-token', 'attestations']).toEqual(expect.arrayContaining(writes));
    }
  });

  test('pins every action by its commit, and names the version beside it', () => {
    const used = texts.get(file)!.split('\n').filter(line => /^\s*(- )?uses:/.test(line));
    expect(used.length).toBeGreaterThan(0);
    for (const line of used) expect(line).toMatch(/uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('puts nothing that somebody else chose into a shell', () => {
    for (const { run } of steps(file)) expect(run ?? '').not.toContain('${{');
  });

  test('holds no secret', () => {
    expect(texts.get(file)).not.toMatch(/AKIA[0-9A-Z]{16}|PRIVATE KEY-----|gh[pousr]_\w{20,}|npm_\w{20,}|pypi-\w{20,}/);
  });

  test('leaves no credentials behind for the scripts that it runs', () => {
    for (const step of steps(file).filter(({ uses }) => uses?.startsWith('actions/checkout@'))) expect(step.with).toMatchObject({ 'persist-credentials': false });
  });
});

test('the build runs what a change must pass', () => {
  expect(steps('build.yml').map(({ run }) => run)).toContain('.ci/run');
});

describe('the release', () => {
  const { on, jobs } = workflow('release.yml');
  const at = (needle: string) => jobs.package.steps.findIndex(({ run, uses }) => (run ?? uses ?? '').includes(needle));

  test('begins with a tag, and with nothing else', () => {
    expect(on).toEqual({ push: { tags: ['v[0-9]+.[0-9]+.[0-9]+'] } });
  });

  test('tests first, then stamps the version, then builds and tests what it will publish', () => {
    const order = ['.ci/run', 'npm version', 'npm run package:all', 'npm run test:packages', 'actions/upload-artifact'].map(at);
    expect(order).not.toContain(-1);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  test('publishes to npm, PyPI, Maven Central and Go, each after the package job and with the approval that the environment asks for', () => {
    const { package: _, ...publishing } = jobs;
    expect(Object.keys(publishing).sort()).toEqual(['go', 'maven', 'npm', 'pypi']);
    for (const { needs, environment } of Object.values(publishing)) expect({ needs, environment }).toEqual({ needs: 'package', environment: 'release' });
  });

  test('uses no token for npm and PyPI, which trust the workflow, and attests where things come from', () => {
    expect(jobs.npm.permissions).toMatchObject({ 'id-token': 'write' });
    expect(jobs.pypi.permissions).toEqual({ 'id-token': 'write' });
    expect(JSON.stringify([jobs.npm, jobs.pypi])).not.toContain('secrets.');
    expect(jobs.npm.steps.some(({ run }) => run?.includes('--provenance'))).toBe(true);
    expect(at('actions/attest-build-provenance')).toBeGreaterThan(at('npm run test:packages'));
  });
});
