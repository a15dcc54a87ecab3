"""The files of a job: listed, downloaded, checked against what is here, unpacked."""
