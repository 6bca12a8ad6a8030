export { SiteWiseService } from './sitewise-service';
export type { SiteWiseOptions } from './sitewise-service';
export type { PropertyValue, TimeInNanos, Variant } from './property-value';
