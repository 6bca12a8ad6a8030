export { RulesService } from './rules-service';
export type { RuleOverview, RuleTrial } from './rules-service';
