package plant;

import io.github.cdkiotlandingzone.LandingZone;
import io.github.cdkiotlandingzone.SiteWiseMeasurement;
import io.github.cdkiotlandingzone.ThingPolicy;
import java.util.List;
import software.amazon.awscdk.App;
import software.amazon.awscdk.CfnParameter;
import software.amazon.awscdk.Stack;

/** Makes the mistakes that javac lets through, and prints what each error says. */
public final class WrongProps {
    @SuppressWarnings({"unchecked", "rawtypes"})
    public static void main(final String[] args) {
        final Stack stack = new Stack(new App(), "S");
        attempt("missing", () -> SiteWiseMeasurement.builder().unit("C").build());
        attempt("list", () -> ThingPolicy.Builder.create(stack, "P").telemetryTopics((List) List.of(5)).build());
        attempt("value", () -> LandingZone.Builder.create(stack, "V").zoneName("my zone").build());
        attempt("token", () -> LandingZone.Builder.create(stack, "T")
                .zoneName(CfnParameter.Builder.create(stack, "Name").build().getValueAsString())
                .build());
    }

    private static void attempt(final String what, final Runnable mistake) {
        try {
            mistake.run();
            System.out.println(what + ": taken");
        } catch (final RuntimeException error) {
            System.out.println(what + ": " + error.getClass().getName() + ": " + String.valueOf(error.getMessage()).replace('\n', ' '));
        }
    }

    private WrongProps() {
    }
}
