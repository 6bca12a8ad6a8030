import { countOf, textOf } from './call-input';
import { LocalApi } from './local-api';
import type { Sandbox } from '../sandbox';

const MOST_LINES = 500;
const SHOWN_TEXT = 4000;

/** The ends of logs. */
export function addLogCalls(api: LocalApi, sandbox: Sandbox): void {
  const { logs } = sandbox.account;

  api.add('GET log-groups', () => ({
    groups: logs.groupNames.map(name => ({ name, lastTime: logs.last(name, 1)[0]?.time })),
  }));

  api.add('GET log', input => {
    const lines = logs.last(textOf(input, 'group'), countOf(input, 'limit', 200, MOST_LINES));
    return { lines: lines.map(({ stream, time, message }) => ({ stream, time, message: message.slice(0, SHOWN_TEXT) })) };
  });
}
