# The image of every role: the binary, the shared libraries it needs, the examples. deploy/docker/README.md says how it is meant.
#
#   docker build --tag millrace .
#
# Written without BuildKit's mounts, so that Debian 12's Docker, which builds without BuildKit, can build it as well.

FROM debian:bookworm-slim AS build
WORKDIR /src
# What changes seldom comes first: a change of the sources installs nothing again.
COPY deploy/install deploy/packages.txt deploy/hide_symbols.py deploy/
RUN deploy/install compile && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
COPY CMakeLists.txt CMakePresets.json ./
COPY deploy/cmake deploy/cmake
COPY tests/bench/micro tests/bench/micro
COPY proto proto
COPY common common
COPY worker worker
COPY coordinator coordinator
COPY cli cli
RUN cmake --preset release -DCMAKE_SKIP_RPATH=ON \
 && cmake --build --preset release -j "$(nproc)" --target millrace
# Everything of ours that runs, at its place.
RUN mkdir -p /out/usr/bin /out/usr/lib/millrace /out/etc/ld.so.conf.d \
 && strip -o /out/usr/bin/millrace build/release/cli/millrace \
 && cp build/deps/arrow-*/pyarrow/libarrow.so.* build/deps/arrow-*/pyarrow/libarrow_compute.so.* /out/usr/lib/millrace/ \
 && echo /usr/lib/millrace > /out/etc/ld.so.conf.d/millrace.conf

FROM debian:bookworm-slim AS runtime
# The packages of the libraries that the binary names (readelf -d, dpkg -S); what those need comes with them.
RUN apt-get update -q \
 && apt-get install -q -y --no-install-recommends ca-certificates tzdata \
      libabsl20220623 libedit2 libfmt9 libgrpc++1.51 libprometheus-cpp-core1.0 libprotobuf32 libre2-9 librdkafka1 librocksdb7.8 \
      libsimdjson14 libspdlog1.10 libssl3 libyaml-cpp0.7 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
# A volume that is new takes its owner from the folder it is mounted on.
RUN groupadd --gid 10001 millrace \
 && useradd --uid 10001 --gid 10001 --home-dir /var/lib/millrace --no-create-home --shell /usr/sbin/nologin millrace \
 && for folder in coordinator worker checkpoints demo; do \
      install -d -o 10001 -g 10001 "/var/lib/millrace/$folder"; \
    done
COPY --from=build /out /
COPY examples /usr/share/millrace/examples
# Fails if a library is missing.
RUN ldconfig && millrace version

LABEL org.opencontainers.image.title="millrace" \
      org.opencontainers.image.description="A distributed stream processor for SQL" \
      org.opencontainers.image.version="0.1.0"
ENV MILLRACE_COORDINATOR_DATA_DIR=/var/lib/millrace/coordinator \
    MILLRACE_WORKER_DATA_DIR=/var/lib/millrace/worker \
    MILLRACE_CHECKPOINT_DIR=/var/lib/millrace/checkpoints
USER 10001:10001
WORKDIR /var/lib/millrace
# gRPC and HTTP of the coordinator; exchange and HTTP of a worker.
EXPOSE 7070 7071 7073 7074
STOPSIGNAL SIGTERM
ENTRYPOINT ["millrace"]
CMD ["--help"]
