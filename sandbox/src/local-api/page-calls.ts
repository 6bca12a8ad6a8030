import { addActivityCalls } from './activity-calls';
import { addDeviceCalls } from './device-calls';
import type { LocalApi } from './local-api';
import { addLogCalls } from './log-calls';
import { addObjectCalls } from './object-calls';
import { addQueueCalls } from './queue-calls';
import { addSeriesCalls } from './series-calls';
import { addTableCalls } from './table-calls';
import { addTrialCalls } from './trial-calls';
import type { Sandbox } from '../sandbox';

/** What the page asks. Each answer is small, since a page that is open asks every other second; calls with `GET` change nothing. */
export function addPageCalls(api: LocalApi, sandbox: Sandbox): void {
  for (const add of [
    addActivityCalls, addDeviceCalls, addObjectCalls, addTableCalls, addSeriesCalls, addQueueCalls, addLogCalls, addTrialCalls,
  ]) add(api, sandbox);
}
