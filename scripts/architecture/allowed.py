"""What is allowed: the arrows between modules, and the calls that no source makes."""

import re

# What an app resolves beside the root package itself.
ROOT_MAY_NEED = {"swift-crypto"}

# The tool may know every module of ours but the C libraries under Torch and the device; see `modules`.
TOOL = "metanetwork"
# The service as a program of its own: nothing that needs LibTorch.
SERVICE = "metanetwork-serve"
TOOL_TESTS = "MetaNetworkToolTests"
BENEATH = {"CRelease", "CTorch", "CWideLanes"}

# module: (modules of ours it may import, modules of others it may import; None for any).
# A module that does not exist yet is simply absent from the sources.
_LIBRARIES = {
    "MetaNetwork": ("", set()),
    "CWideLanes": ("", set()),
    "MetaNetworkDevice": ("MetaNetwork CWideLanes", set()),
    "CMetaNetworkDevice": ("", set()),
    "MetaNetworkDeviceC": ("MetaNetwork MetaNetworkDevice CMetaNetworkDevice", set()),
    "MetaNetworkWire": ("MetaNetwork", set()),
    "MetaNetworkClient": ("MetaNetwork MetaNetworkDevice MetaNetworkWire", {"Foundation", "FoundationNetworking", "Crypto"}),
    "MetaNetworkMarkup": ("", None),
    "CZlib": ("", None),
    "MetaNetworkGzip": ("CZlib", None),
    "CPQ": ("", None),
    "MetaNetworkServer": ("CPQ MetaNetwork MetaNetworkWire MetaNetworkGzip MetaNetworkMarkup", None),
    "CPNG": ("", None),
    "MetaNetworkData": ("MetaNetwork MetaNetworkGzip", None),
    "MetaNetworkPNG": ("MetaNetworkData CPNG", None),
    "CTorch": ("", None),
    "Torch": ("CTorch", None),
    "MetaNetworkSettings": ("MetaNetworkData", None),
    "MetaNetworkGenerators": ("MetaNetwork", set()),
    "MetaNetworkBundles": ("MetaNetwork MetaNetworkDevice MetaNetworkData MetaNetworkGenerators", None),
    "CRelease": ("", None),
    "MetaNetworkServing": (
        "CRelease MetaNetwork MetaNetworkWire MetaNetworkDevice MetaNetworkData MetaNetworkGenerators MetaNetworkBundles MetaNetworkMarkup "
        "MetaNetworkServer MetaNetworkSettings", None),
    SERVICE: ("MetaNetworkServing", None),
    "MetaNetworkModels": ("MetaNetwork MetaNetworkData MetaNetworkGenerators Torch", None),
    "MetaNetworkTraining": ("MetaNetwork MetaNetworkDevice MetaNetworkData MetaNetworkModels Torch", None),
    "MetaNetworkPublishing": (
        "MetaNetwork MetaNetworkDevice MetaNetworkBundles MetaNetworkData MetaNetworkGenerators MetaNetworkModels MetaNetworkTraining Torch",
        None),
    "MetaNetworkCollaboration": (
        "MetaNetwork MetaNetworkDevice MetaNetworkData MetaNetworkModels MetaNetworkTraining Torch", None),
    "MetaNetworkFederated": ("MetaNetwork MetaNetworkWire MetaNetworkData MetaNetworkModels MetaNetworkTraining Torch", None),
    "MetaNetworkExperiments": (
        "MetaNetwork MetaNetworkWire MetaNetworkDevice MetaNetworkClient MetaNetworkData MetaNetworkGenerators MetaNetworkModels "
        "MetaNetworkTraining MetaNetworkBundles MetaNetworkPNG MetaNetworkPublishing MetaNetworkCollaboration MetaNetworkFederated "
        "MetaNetworkSettings", None),
    "MetaNetworkReports": ("MetaNetwork MetaNetworkData MetaNetworkExperiments MetaNetworkMarkup", None),
}
MODULES = {name: (set(ours.split()), others) for name, (ours, others) in _LIBRARIES.items()}
MODULES[TOOL] = (set(MODULES) - BENEATH - {SERVICE}, None)

FORBIDDEN = [
    (re.compile(r"\btry!"), "no `try!`: throw, or handle the error"),
    (re.compile(r"\bas!"), "no `as!`: use `as?` and throw"),
    (re.compile(r"\bfatalError\("), "no `fatalError`: throw for input, `preconditionFailure` for a programmer's mistake"),
    (re.compile(r"\bnonisolated\(unsafe\)"), "no `nonisolated(unsafe)`: use a value, an actor or a Mutex"),
]
# A programmer's mistake traps in the cloud and in the tool (`precondition`, `preconditionFailure`). On a phone nothing does.
TRAP = re.compile(r"\b(?:precondition|preconditionFailure|assert|assertionFailure)\(")
NEVER_TRAP = {"MetaNetwork", "MetaNetworkDevice", "MetaNetworkDeviceC", "MetaNetworkWire", "MetaNetworkClient"}
UNCHECKED = re.compile(r"@unchecked\s+Sendable")
VAGUE = re.compile(r"(Utils?|Utilities|Helpers?|Manager|Common)(?![a-z])")
