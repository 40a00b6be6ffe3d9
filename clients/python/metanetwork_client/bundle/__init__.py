"""What a bundle is (docs/bundle.md): manifest, version, vocabulary, files. Knows no network and no disk."""
