export { LogStore } from './log-store';
export type { LogLine } from './log-store';
export { LogsService } from './logs-service';
