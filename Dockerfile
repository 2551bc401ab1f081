# One image with the programs of image/programs, the libraries they load, and nothing else. See docs/image.md.
ARG BASE=debian:12
FROM ${BASE} AS build
# What the programs are built with: a part of the list in ./mkb.
RUN apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
    ca-certificates g++ cmake ninja-build pkg-config openssl python3 \
    libboost-dev libboost-system-dev libssl-dev librdkafka-dev libyaml-cpp-dev nlohmann-json3-dev libsimdjson-dev \
    libspdlog-dev libfmt-dev libcli11-dev libcpprest-dev libmimalloc-dev prometheus-cpp-dev \
    libpaho-mqtt-dev libpaho-mqttpp-dev
WORKDIR /src
COPY . .
RUN cmake --preset release -DMKB_TESTS=OFF -DMKB_E2E=OFF -DMKB_BENCH=OFF && \
    cmake --build build/release --target $(cat image/programs)
# The date of the commit, in seconds since 1970: what the list of contents is dated with.
ARG SOURCE_DATE_EPOCH
RUN SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH}" image/assemble /image build/release/bin

# image/archive reads this stage, too: one place says what the image's configuration is.
FROM scratch
COPY --from=build /image /
ARG REVISION=unknown
ENV PATH=/usr/bin
USER 65532:65532
LABEL org.opencontainers.image.title="MqttKafkaBridge" \
      org.opencontainers.image.description="MQTT <-> Apache Kafka bridge: operator, data plane, command line" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="${REVISION}"
CMD ["mkb-dataplane", "--help"]
