# syntax=docker/dockerfile:1
# The one binary in a small image: docker build --tag daybook .

FROM rust:1.95.0-slim-bookworm AS build
WORKDIR /build
# Not rust-toolchain.toml: this image is that version already, and needs neither clippy nor rustfmt.
COPY Cargo.toml Cargo.lock nats.conf ./
COPY crates crates
COPY migrations migrations
COPY projections projections
# The caches outlive the build; the binary is therefore copied out of them in the same step.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked --bin daybook && cp target/release/daybook /usr/local/bin/daybook

FROM debian:bookworm-slim
# Certificates, for the providers that it calls. Time zones it brings itself.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin daybook
COPY --from=build /usr/local/bin/daybook /usr/local/bin/daybook
USER 10001
# The public listener, and the internal one for metrics and health.
EXPOSE 8080 9464
# SIGTERM, the default, lets it finish what it has begun.
ENTRYPOINT ["daybook"]
CMD ["serve"]
