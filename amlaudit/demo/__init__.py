"""An embedded estate, so that the whole job can be seen without Azure."""
