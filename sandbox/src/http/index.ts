export { HttpEndpoint } from './endpoint';
export type { HttpAnswer, HttpHandler, HttpRequest } from './http-request';
export { jsonProtocol } from './json-protocol';
export { queryProtocol } from './query-protocol';
export { restJsonProtocol } from './rest-json-protocol';
export type { Route } from './rest-json-protocol';
export { serviceErrorOf, wrongTypeOf } from './service-error';
