import { ResourceType } from '../assembly/resource-type';
import { HttpHandler } from '../http/http-request';

/** A service of AWS as far as it runs here: what a template may hold of it, and what clients may call. */
export interface Service {
  /** What it runs, by CloudFormation type. */
  readonly types: ReadonlyMap<string, ResourceType>;
  /** What answers clients over HTTP, by the signing name that they use. */
  readonly endpoints: ReadonlyMap<string, HttpHandler>;
  /** Called once all resources are made: from now on there is traffic. */
  start?(): Promise<void> | void;
  /** Takes nothing more in, finishes what is under way, and ends all processes. */
  stop?(): Promise<void> | void;
}
