# Maximum likelihood from rows with holes by lavaan: two groups, observed causes, weights.
# Rscript full_information.R pupils.csv customers.csv > ../full_information.json
# pupils.csv: rows("hs_miss"); customers.csv: rows("mobi_miss") and wt of rows("mobi_wt")
# (tests/lavaan_studies.py).

suppressMessages({
  library(lavaan)
  library(jsonlite)
})

files <- commandArgs(TRUE)
pupils <- read.csv(files[1])
customers <- read.csv(files[2])

three <- "visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9"
caused <- "Satis =~ CUSA1 + CUSA2 + CUSA3
Satis ~ IMAG1 + IMAG2"
two <- "Quality =~ PERQ1 + PERQ2 + PERQ3
Satis =~ CUSA1 + CUSA2 + CUSA3
Satis ~ Quality"

seen <- subset(customers, !is.na(IMAG1) & !is.na(IMAG2))

tight <- function(model, rows, ..., tolerance = 1e-10) {
  found <- sem(model, rows, em.h1.tol = 1e-13, em.h1.iter.max = 5000,
               control = list(rel.tol = tolerance), ...)
  table <- parTable(found)
  wanted <- intersect(c("lhs", "op", "rhs", "group", "est", "se"), names(table))
  kept <- table[!(table$op %in% c("==", "<", ">")), wanted]
  measures <- fitMeasures(found, intersect(
    c("npar", "chisq", "df", "baseline.chisq", "baseline.df", "logl", "unrestricted.logl",
      "chisq.scaled", "cfi.robust", "rmsea.robust", "srmr", "ntotal"),
    names(fitMeasures(found))))
  list(model = unbox(model), parameters = as.list(kept), fit = lapply(as.list(measures), unbox))
}

fits <- list(
  groups = tight(three, pupils, group = "school", missing = "ml", tolerance = 1e-9),
  scalar = tight(three, pupils, group = "school", group.equal = c("loadings", "intercepts"),
                 missing = "ml", tolerance = 1e-9),
  causes_complete = tight(caused, seen, missing = "ml"),
  causes_random = tight(caused, customers, missing = "ml", fixed.x = FALSE),
  weights = tight(two, customers, missing = "ml", estimator = "MLR", sampling.weights = "wt")
)
provenance <- list(
  study = unbox("Holzinger-Swineford, 301 pupils; mobile-phone customers, 250; with holes"),
  oracle = unbox(paste("lavaan", packageVersion("lavaan"), "under", R.version.string)),
  settings = unbox("em.h1.tol 1e-13, rel.tol 1e-10 or 1e-9 (groups, scalar); see full_information.R"),
  script = unbox("scripts/full_information.R"),
  licence = unbox("figures only; lavaan is GPL-2 or later; no answers of respondents"),
  precision = unbox("15 digits; estimates 5e-5, log-likelihoods 1e-8")
)
cat(toJSON(list(provenance = provenance, fits = fits), digits = I(15), na = "null"), "\n")
