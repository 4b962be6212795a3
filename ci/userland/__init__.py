"""Root images for machines: Debian suites, unpacked, on a read-only disk."""
