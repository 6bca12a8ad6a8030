export { CustomResourceService } from './custom-resource-service';
export type { CustomResourceOptions } from './custom-resource-service';
