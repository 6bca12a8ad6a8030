export { LambdaService } from './lambda-service';
export type { LambdaOptions } from './lambda-service';
