# Residuals of the three-factor model of the pupils, over their standard errors, by lavaan.
#
# Rscript lavaan_residuals.R hs.csv hs_miss.csv hs_ord.csv > ../lavaan_residuals.json
#
# The files are what tests/lavaan_studies.py returns for rows("hs") and so on; they are not
# stored, as the answers are not ours. z and normalized are those of lavResiduals(type = "raw")
# and resid(type = "normalized"), summary that of lavResiduals(); lower triangles row by row.

suppressMessages(library(lavaan))
library(jsonlite)

files <- commandArgs(trailingOnly = TRUE)
pupils <- read.csv(files[1])
holes <- read.csv(files[2])
ordered <- read.csv(files[3])

model <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
items <- paste0("x", 1:9)
tight <- list(control = list(rel.tol = 1e-11))
fitted <- function(...) suppressWarnings(do.call("sem", c(list(model, ...), tight)))

fits <- list(
  FIML = fitted(data = holes, missing = "ml"),
  FIML_MLR = fitted(data = holes, missing = "ml", estimator = "MLR"),
  MLM = fitted(data = pupils, estimator = "MLM"),
  GLS = fitted(data = pupils, estimator = "GLS"),
  WLSMV = fitted(data = ordered, ordered = items, estimator = "WLSMV")
)

lower <- function(matrix) {
  matrix <- unclass(matrix)[items, items]
  lapply(seq_along(items), function(i) I(unname(matrix[i, seq_len(i)])))
}

figures <- lapply(fits, function(fit) {
  summary <- lavResiduals(fit)$summary
  list(
    z = list(names = items, lower = lower(lavResiduals(fit, type = "raw")$cov.z)),
    normalized = list(names = items, lower = lower(resid(fit, type = "normalized")$cov)),
    summary = as.list(setNames(summary[[1]], rownames(summary)))
  )
})

provenance <- list(
  study = "Holzinger and Swineford (1939), 301 pupils, 9 tests, three factors",
  oracle = paste("lavaan", packageVersion("lavaan"), "under R", getRversion()),
  settings = "sem() with rel.tol = 1e-11; rows with holes and cut into four categories as in golden/lavaan",
  licence = "figures only: numbers that lavaan (GPL-2 or later) computed, none of its code",
  script = "scripts/lavaan_residuals.R", printed = "12 decimals"
)
cat(toJSON(c(list(provenance = provenance), figures), digits = 12, auto_unbox = TRUE, na = "null"))
cat("\n")
