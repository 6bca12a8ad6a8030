import { countOf, optionalText, refusing, textOf } from './call-input';
import { LocalApi } from './local-api';
import { previewOf } from './object-preview';
import type { Sandbox } from '../sandbox';

/** Objects of buckets, and what is in them. */
export function addObjectCalls(api: LocalApi, sandbox: Sandbox): void {
  const { store } = sandbox.services.s3;

  api.add('GET buckets', async () => ({ buckets: (await store.buckets()).map(({ name }) => name) }));

  api.add('GET objects', input => refusing(async () => {
    const found = await store.list(textOf(input, 'bucket'), optionalText(input, 'prefix') ?? '');
    const newest = [...found].sort((a, b) => b.lastModified.getTime() - a.lastModified.getTime()).slice(0, countOf(input, 'limit', 100, 500));
    return { total: found.length, objects: newest.map(({ key, size, lastModified }) => ({ key, bytes: size, time: lastModified.getTime() })) };
  }));

  api.add('GET object', input => refusing(() => previewOf(store, textOf(input, 'bucket'), textOf(input, 'key'))));
}
