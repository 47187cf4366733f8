# Sockeye alone: one static file, no shell, no packages.
#
#   docker build -t sockeye .
#   docker run --rm -it --network host --cap-drop ALL --cap-add NET_RAW sockeye
#
# README.md, "Rights", has what more capabilities bring.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
ARG TARGETOS TARGETARCH
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN GOOS=$TARGETOS GOARCH=$TARGETARCH scripts/build -o /sockeye

FROM scratch
COPY --from=build /sockeye /sockeye
ENV LC_ALL=C.UTF-8
ENTRYPOINT ["/sockeye"]
