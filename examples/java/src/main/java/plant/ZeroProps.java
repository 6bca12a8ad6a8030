package plant;

import io.github.cdkiotlandingzone.LandingZone;
import software.amazon.awscdk.App;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.Stack;

/** The zone of the README, without any prop. */
public final class ZeroProps {
    public static void main(final String[] args) {
        final App app = new App();
        final Stack stack = new Stack(app, "Plant");
        final LandingZone zone = new LandingZone(stack, "Zone");

        CfnOutput.Builder.create(stack, "TelemetryTopic")
                .value(zone.getTelemetry().getRule().basicIngestTopicFor("data/<thing>/telemetry"))
                .build();

        app.synth();
    }

    private ZeroProps() {
    }
}
