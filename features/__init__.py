"""What is computed: views of windowed features, their algebra, their SQL and their stored form."""
