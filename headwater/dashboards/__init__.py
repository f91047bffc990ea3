"""What Prometheus and Grafana show of the catalogue of metrics; it makes files under ``docker/``."""
