package dwal.gateway.http;

import dwal.gateway.admin.ClusterAdmin;
import dwal.gateway.log.Answer;

/** What a node tells of all its clients and topics at once is for those who may DESCRIBE the cluster. Any thread. */
final class ClusterGate {
    private final ClusterAdmin admin;

    /** One that asks {@code admin} who may. */
    ClusterGate(ClusterAdmin admin) {
        this.admin = admin;
    }

    /** {@code resource}, shown to those only. */
    Router.Resource before(Router.Resource resource) {
        return router -> {
            var own = new Router();
            resource.addTo(own);
            router.addAll(own, this::behind);
        };
    }

    private Router.Handler behind(Router.Handler handler) {
        return request -> {
            Answer<?> denied = admin.as(request.caller()).whyNotDescribed();
            return denied == null ? handler.answer(request) : Router.done(Problems.of(denied));
        };
    }
}
