"""The formats that the cost of Kubernetes can be written in: each module of this folder is one, named by its file."""

from costguard.formats import Formats
from costguard.model.kubernetes import KubernetesStatement

FORMATS: Formats[KubernetesStatement] = Formats(__name__, __path__)
