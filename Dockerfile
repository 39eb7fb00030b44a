# A node in a container. Build the jars first (bin/build), then: docker build -t dwal .
# Only copies, so that it builds without a network on any base image with Java 17 or later.
# JDK_JAVA_OPTIONS in the container's environment adds options for the JVM.
ARG BASE_IMAGE=eclipse-temurin:25-jre
FROM ${BASE_IMAGE}

COPY gateway/target/dwal/lib /opt/dwal/lib
COPY gateway/target/dwal/native /opt/dwal/native
COPY gateway/target/dwal/jvm.options /opt/dwal/

VOLUME /data
EXPOSE 9092 8080 8400

# Clients on the same machine reach it as localhost:9092; for others, set advertised.listeners to what they can resolve:
#   docker run -p 9092:9092 dwal start --data /data --set listeners=PLAINTEXT://0.0.0.0:9092 \
#     --set advertised.listeners=PLAINTEXT://HOST:9092
ENTRYPOINT ["java", "@/opt/dwal/jvm.options", "-Djava.library.path=/opt/dwal/native", \
    "-cp", "/opt/dwal/lib/*", "dwal.gateway.Main"]
CMD ["start", "--data", "/data", "--set", "listeners=PLAINTEXT://0.0.0.0:9092", \
    "--set", "advertised.listeners=PLAINTEXT://localhost:9092", \
    "--set", "dwal.http.listener=:8080", "--set", "dwal.grpc.listener=:8400"]
