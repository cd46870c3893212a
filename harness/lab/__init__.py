"""The lab: devices.yaml, the inventory of phones, selection and leases."""
