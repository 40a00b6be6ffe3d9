"""What phones of a test see of the machine: the certificates that it trusts, where a name leads to, and the time."""

import os
import subprocess

# Where Foundation on Linux reads which authorities the machine trusts; nothing else names one.
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
NAME = "phones.test"
DAY = 86400


def is_possible():
    """Whether files can be put over those of the machine here, which root may not in every container."""
    try:
        return subprocess.run(["unshare", "--mount", "mount", "--bind", AUTHORITIES, AUTHORITIES],
                              stderr=subprocess.DEVNULL).returncode == 0
    except OSError:  # no Linux
        return False


def overwrite(path, text):
    """Changes a file where it is: one that is renamed into its place is not seen through a mount."""
    with open(path, "w") as file:
        file.write(text)


class Network:
    """An authority, the certificates that it gives for one name, and where that name leads to."""

    def __init__(self, folder):
        self.folder = folder
        self.certificate, self.key = self.path("certificate.pem"), self.path("key.pem")
        self.serial = 0
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clock.c")
        self.clock = self.path("clock.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.clock, source], check=True)
        self.openssl("req", "-x509", *self.new_key("authority.key"), "-subj", "/CN=an authority of a test", "-days", "30",
                     "-out", self.path("authority.pem"))
        self.renew()

    def path(self, name):
        return os.path.join(self.folder, name)

    def new_key(self, name):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", self.path(name)]

    def openssl(self, *arguments):
        """Runs OpenSSL two days ago, so that devices whose clock is hours behind find a certificate valid."""
        done = subprocess.run(["openssl"] + list(arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=dict(os.environ, **self.time(-2 * DAY)))
        if done.returncode:
            raise RuntimeError("openssl %s: %s" % (arguments[0], done.stdout.decode()))

    def time(self, shift):
        """The environment of a program whose clock is so many seconds ahead."""
        return {"LD_PRELOAD": self.clock, "CLOCK_SHIFT": str(shift)} if shift else {}

    def renew(self):
        """Puts another certificate with another key of its own in place."""
        self.serial += 1
        request, key, certificate = self.path("request.pem"), self.path("fresh.key"), self.path("fresh.pem")
        self.openssl("req", "-new", *self.new_key("fresh.key"), "-subj", "/CN=" + NAME, "-addext", "subjectAltName=DNS:" + NAME,
                     "-out", request)
        overwrite(self.path("names"), "subjectAltName=DNS:%s\n" % NAME)
        self.openssl("x509", "-req", "-in", request, "-CA", self.path("authority.pem"), "-CAkey", self.path("authority.key"),
                     "-set_serial", str(self.serial), "-days", "30", "-extfile", self.path("names"), "-out", certificate)
        os.replace(key, self.key)
        os.replace(certificate, self.certificate)

    def lead_to(self, address):
        """Has the name lead to an address from now on, for programs that run already too."""
        overwrite(self.path("hosts"), "127.0.0.1 localhost\n%s %s\n" % (address, NAME))

    def command(self, program, shift=0):
        """A command in a namespace of its own, which trusts the authority and knows the name."""
        mounts = "mount --bind %s %s && mount --bind %s /etc/hosts && exec \"$@\"" % (
            self.path("authority.pem"), AUTHORITIES, self.path("hosts"))
        clock = ["%s=%s" % pair for pair in sorted(self.time(shift).items())]
        return ["unshare", "--mount", "sh", "-c", mounts, "sh", "env"] + clock + list(program)
