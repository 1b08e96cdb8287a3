# The server as an image: dependencies pinned by hash, an account of its own, nothing to write but its keys.
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements/server.txt requirements/server.txt
RUN python -m venv /opt/authserver \
 && /opt/authserver/bin/python -m pip install --no-cache-dir --require-hashes -r requirements/server.txt
COPY . .
RUN /opt/authserver/bin/python -m pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/authserver --create-home authserver
COPY --from=build /opt/authserver /opt/authserver
ENV PATH=/opt/authserver/bin:$PATH PYTHONUNBUFFERED=1
# Whoever wants the demonstration, whose outbox everybody can read, says so.
ENV AUTHSERVER_MODE=production
USER authserver
WORKDIR /var/lib/authserver
EXPOSE 5000
ENTRYPOINT ["authserver"]
CMD ["serve", "--host", "0.0.0.0"]
