"""The files of deploy/ and the alert rules, each read by the program that it is for, or by its schema."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

import kubernetes_validate
import yaml

import front
from programs import DEPLOY, ROOT, program

DOCS = os.path.join(ROOT, "docs")
KUBERNETES = "1.31"  # the oldest version whose schemas are asked


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def manifests():
    """All Kubernetes resources, with the file of each."""
    folder = os.path.join(DEPLOY, "kubernetes")
    for name in sorted(os.listdir(folder)):
        for resource in yaml.safe_load_all(read(folder, name)):
            if resource["kind"] != "Kustomization":
                yield name, resource


class FileTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def run_program(self, *command, environment=None, fails=False):
        """What a program prints that has to succeed, or to fail."""
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env=dict(os.environ, **environment or {}))
        self.assertEqual(done.returncode != 0, fails, done.stdout)
        return done.stdout

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_prometheus_takes_the_configuration_and_the_rules_which_fire_when_they_should(self):
        promtool = program("promtool", "prometheus")
        shutil.copy(os.path.join(DOCS, "alerts.yml"), self.folder)
        token = self.write("admin", "0123456789abcdef")
        configuration = read(DEPLOY, "prometheus.yml").replace("/run/secrets/admin", token)
        self.assertIn(token, configuration)
        self.run_program(promtool, "check", "config", self.write("prometheus.yml", configuration))
        self.run_program(promtool, "test", "rules", os.path.join(DEPLOY, "tests", "alerts.yml"))

    def test_each_rule_has_a_case_where_it_fires_and_one_where_it_does_not(self):
        rules = [rule["alert"] for group in yaml.safe_load(read(DOCS, "alerts.yml"))["groups"] for rule in group["rules"]]
        fires = set()
        for test in yaml.safe_load(read(DEPLOY, "tests", "alerts.yml"))["tests"]:
            fires |= {case["alertname"] for case in test["alert_rule_test"] if case.get("exp_alerts")}
        self.assertEqual(fires, set(rules))

    def test_compose_takes_its_file_and_asks_for_what_has_no_default(self):
        compose = [program("docker-compose", "docker-compose"), "--file", os.path.join(DEPLOY, "compose.yaml"), "config"]
        given = {"METANETWORK_USER": "1000", "GRAFANA_PASSWORD": "secret"}
        services = yaml.safe_load(self.run_program(*compose, environment=given))["services"]
        self.assertEqual(set(services), {"metanetwork", "prometheus", "grafana"})
        for name in given:
            refused = self.run_program(*compose, environment=dict(given, **{name: ""}), fails=True)
            self.assertIn(name, refused)
        # What is mounted from here is here, but for the state, which its owner makes.
        for service in yaml.safe_load(read(DEPLOY, "compose.yaml"))["services"].values():
            for volume in service.get("volumes", []):
                place = volume.split(":")[0]
                if place.startswith(".") and not place.startswith("./state/"):
                    self.assertTrue(os.path.isfile(os.path.join(DEPLOY, place)), place)

    def test_every_container_runs_without_rights_and_all_but_grafana_on_a_root_that_is_read_only(self):
        for name, service in yaml.safe_load(read(DEPLOY, "compose.yaml"))["services"].items():
            self.assertEqual((service["cap_drop"], service["security_opt"]), (["ALL"], ["no-new-privileges:true"]), name)
            self.assertEqual(service.get("read_only", False), name != "grafana", name)
            for port in service["ports"]:
                self.assertTrue(port.startswith("127.0.0.1:"), port)

    def test_the_container_file_has_no_flaw_that_hadolint_knows(self):
        self.run_program(program("hadolint", "nothing; make setup-tests does"), os.path.join(DEPLOY, "Containerfile"))

    def test_systemd_takes_the_unit_and_finds_little_that_it_leaves_open(self):
        analyze = program("systemd-analyze", "systemd")
        unit = read(DEPLOY, "metanetwork.service")
        started = "ExecStart=/usr/local/bin/metanetwork-serve"
        self.assertIn(started, unit)
        path = self.write("metanetwork.service", unit.replace(started, "ExecStart=/bin/true"))
        self.assertEqual(self.run_program(analyze, "verify", "--man=no", path).strip(), "")
        # 0 is closed, 100 is open: 12 here, most of it for the network that a service needs.
        self.run_program(analyze, "security", "--offline=true", "--threshold=15", path)
        self.run_program(analyze, "security", "--offline=true", "--threshold=5", path, fails=True)

    def test_systemd_takes_the_timer_and_what_it_starts(self):
        analyze = program("systemd-analyze", "systemd")
        unit = read(DEPLOY, "metanetwork-retrain.service")
        started = "ExecStart=/usr/local/bin/metanetwork retrain"
        self.assertIn(started, unit)
        path = self.write("metanetwork-retrain.service", unit.replace(started, "ExecStart=/bin/true retrain"))
        timer = self.write("metanetwork-retrain.timer", read(DEPLOY, "metanetwork-retrain.timer"))
        self.assertEqual(self.run_program(analyze, "verify", "--man=no", path, timer).strip(), "")
        self.run_program(analyze, "security", "--offline=true", "--threshold=20", path)

    def test_kubernetes_resources_hold_to_the_schemas_of_an_old_version_and_of_the_newest(self):
        kinds = set()
        for name, resource in manifests():
            for version in (KUBERNETES, kubernetes_validate.latest_version()):
                with self.subTest(file=name, kind=resource["kind"], version=version):
                    kubernetes_validate.validate(resource, version, strict=True)
            kinds.add(resource["kind"])
        self.assertEqual(kinds, {"Deployment", "Service", "PersistentVolumeClaim", "PodDisruptionBudget",
                                 "HorizontalPodAutoscaler", "NetworkPolicy"})
        broken = next(resource for _, resource in manifests() if resource["kind"] == "Deployment")
        broken["spec"]["template"]["spec"]["containers"][0]["readinessProb"] = {}
        with self.assertRaises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(broken, KUBERNETES, strict=True)

    def test_kubernetes_resources_for_s3_change_what_is_there_and_leave_no_volume_behind(self):
        folder = os.path.join(DEPLOY, "kubernetes-s3")
        patches = {}
        for patch in yaml.safe_load(read(folder, "kustomization.yaml"))["patches"]:
            resource = yaml.safe_load(read(folder, patch["path"]))
            patches[resource["kind"]] = resource
        bases = {resource["kind"]: resource for _, resource in manifests()}
        for kind, patch in patches.items():
            self.assertEqual((patch["apiVersion"], patch["metadata"]["name"]), (bases[kind]["apiVersion"], bases[kind]["metadata"]["name"]))
        self.assertEqual(patches["PersistentVolumeClaim"]["$patch"], "delete")
        base, pod = (resources["Deployment"]["spec"]["template"]["spec"] for resources in (bases, patches))
        [old], [container] = base["containers"], pod["containers"]
        self.assertEqual(container["name"], old["name"])
        # What is removed is what was there for the folder, and each volume that comes is mounted.
        claimed = {volume["name"] for volume in base["volumes"] if "persistentVolumeClaim" in volume}
        gone = {volume["name"] for volume in pod["volumes"] if volume.get("$patch") == "delete"}
        self.assertEqual(gone, claimed)
        places = {mount["mountPath"] for mount in container["volumeMounts"] if mount.get("$patch") == "delete"}
        self.assertEqual(places, {mount["mountPath"] for mount in old["volumeMounts"] if mount["name"] in claimed})
        mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"] if "name" in mount}
        self.assertEqual(set(mounts), {volume["name"] for volume in pod["volumes"]} - gone)
        settings = {variable["name"]: variable["value"] for variable in container["env"]}
        self.assertTrue(settings["METANETWORK_REGISTRY"].startswith("s3://"))
        self.assertEqual(settings["METANETWORK_REGISTRY_CACHE"], mounts["cache"])
        # It says nowhere else whom pods may connect to.
        self.assertNotIn("egress", bases["NetworkPolicy"]["spec"])
        egress = patches["NetworkPolicy"]["spec"]["egress"]
        self.assertEqual({(port["port"], port["protocol"]) for rule in egress for port in rule["ports"]},
                         {(53, "UDP"), (53, "TCP"), (443, "TCP")})

    def test_kubernetes_resources_belong_together(self):
        by_kind = {resource["kind"]: resource for _, resource in manifests()}
        pod = by_kind["Deployment"]["spec"]["template"]
        label = {"app.kubernetes.io/name": "metanetwork"}
        self.assertEqual(pod["metadata"]["labels"], label)
        self.assertEqual(by_kind["Service"]["spec"]["selector"], label)
        for kind, member in (("Deployment", "selector"), ("PodDisruptionBudget", "selector"), ("NetworkPolicy", "podSelector")):
            self.assertEqual(by_kind[kind]["spec"][member]["matchLabels"], label, kind)
        claim = by_kind["PersistentVolumeClaim"]["metadata"]["name"]
        volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
        self.assertEqual(volumes["registry"]["persistentVolumeClaim"]["claimName"], claim)
        names = {port["name"] for port in pod["spec"]["containers"][0]["ports"]}
        asked = {by_kind["Service"]["spec"]["ports"][0]["targetPort"]}
        asked |= {port["port"] for rule in by_kind["NetworkPolicy"]["spec"]["ingress"] for port in rule["ports"]}
        asked |= {probe["httpGet"]["port"] for key, probe in pod["spec"]["containers"][0].items() if key.endswith("Probe")}
        self.assertEqual(asked, names)
        # A Service of this name would set METANETWORK_PORT.
        self.assertIs(pod["spec"]["enableServiceLinks"], False)

    def test_settings_are_settings_of_serve(self):
        options = re.findall(r'Setting\(\s*"([a-z-]+)"', read(ROOT, "Cloud", "Sources", "MetaNetworkServing", "Settings", "ServeSettings.swift"))
        known = {"METANETWORK_" + name.upper().replace("-", "_") for name in options}
        # The registry is a setting of several commands; compose's own variables are no settings.
        known |= {"METANETWORK_REGISTRY", "METANETWORK_USER", "METANETWORK_IMAGE"}
        for name in ("compose.yaml", "Containerfile", "metanetwork.service", os.path.join("kubernetes", "deployment.yaml"),
                     os.path.join("kubernetes-s3", "deployment.yaml")):
            used = set(re.findall(r"METANETWORK_[A-Z_]+", read(DEPLOY, name)))
            self.assertTrue(used and used <= known, "%s: %s" % (name, used - known))

    def test_grafana_finds_the_dashboard_and_prometheus(self):
        services = yaml.safe_load(read(DEPLOY, "compose.yaml"))["services"]
        places = [volume.split(":")[1] for volume in services["grafana"]["volumes"]]
        folder = yaml.safe_load(read(DEPLOY, "grafana", "dashboards.yaml"))["providers"][0]["options"]["path"]
        self.assertIn(folder + "/metanetwork.json", places)
        source = yaml.safe_load(read(DEPLOY, "grafana", "datasources.yaml"))["datasources"][0]
        self.assertEqual(source["url"], "http://prometheus:9090")

    def test_nginx_takes_its_file(self):
        program_path = program("nginx", "nginx-light")
        front.make_certificate(self.folder)
        settings = front.write_settings(self.folder, 18443, (18444, 18445, 18446))
        printed = self.run_program(program_path, "-t", "-e", "stderr", "-c", settings)
        # The file is for nginx of before 1.25.1 too, which has no other word for HTTP/2.
        warnings = [line for line in printed.splitlines() if "[warn]" in line and '"listen ... http2" directive is deprecated' not in line]
        self.assertEqual(warnings, [])


if __name__ == "__main__":
    unittest.main()
