package dwal.coordinator;

import dwal.environment.Clock;
import java.util.function.Supplier;
import org.apache.kafka.common.utils.Time;

/** Our clock in the shape that embedded libraries take; any thread. It tells the time and waits for nobody. */
record KafkaTime(Clock clock) implements Time {

    @Override
    public long milliseconds() {
        return clock.wallMs();
    }

    @Override
    public long nanoseconds() {
        return clock.nanoTime();
    }

    @Override
    public void sleep(long ms) {
        throw new AssertionError("the state machines of groups do not sleep");
    }

    @Override
    public void waitObject(Object object, Supplier<Boolean> condition, long deadlineMs) {
        throw new AssertionError("the state machines of groups do not wait for objects");
    }
}
