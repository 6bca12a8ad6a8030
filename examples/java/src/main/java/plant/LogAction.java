package plant;

import io.github.cdkiotlandingzone.IRuleAction;
import io.github.cdkiotlandingzone.IngestRule;
import io.github.cdkiotlandingzone.RuleActionConfig;
import software.amazon.awscdk.services.iot.CfnTopicRule;
import software.amazon.awscdk.services.logs.ILogGroup;

/** An action that the library has no class for. */
final class LogAction implements IRuleAction {
    private final ILogGroup logGroup;

    LogAction(final ILogGroup logGroup) {
        this.logGroup = logGroup;
    }

    @Override
    public RuleActionConfig bind(final IngestRule rule) {
        logGroup.grantWrite(rule.getRole());
        return RuleActionConfig.builder()
                .configuration(CfnTopicRule.ActionProperty.builder()
                        .cloudwatchLogs(CfnTopicRule.CloudwatchLogsActionProperty.builder()
                                .logGroupName(logGroup.getLogGroupName())
                                .roleArn(rule.getRole().getRoleArn())
                                .build())
                        .build())
                .build();
    }
}
