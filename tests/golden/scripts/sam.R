# Structural after measurement by lavaan, constructs of two items with both loadings at 1.
# Without CUSL2 no error variance is negative, which this version handles in another way.
#
#   Rscript sam.R MOBI.CSV OUT.JSON
#
# The file holds the 250 rows as tests/lavaan_studies.py gives them.
suppressMessages({library(lavaan); library(jsonlite)})

files <- commandArgs(TRUE)
mobi <- read.csv(files[1])

value <- "Value =~ 1*PERV1 + 1*PERV2"
satisfaction <- "Satis =~ CUSA1 + CUSA2 + CUSA3"
loyalty <- "Loyal =~ 1*CUSL1 + 1*CUSL3"
items <- function(name, stem, n) paste0(name, " =~ ", paste0(stem, 1:n, collapse = " + "))
core <- c(items("Quality", "PERQ", 3), value, satisfaction, loyalty, "Value ~ Quality",
          "Satis ~ Quality + Value", "Loyal ~ Satis")
acsi <- c(items("Expect", "CUEX", 3), items("Quality", "PERQ", 7), value, satisfaction,
          "Compl =~ CUSCO", loyalty, "CUSCO ~~ 0*CUSCO", "Quality ~ Expect",
          "Value ~ Expect + Quality", "Satis ~ Expect + Quality + Value", "Compl ~ Satis",
          "Loyal ~ Satis + Compl")
ecsi <- c(items("Image", "IMAG", 5), acsi[1:7], "Expect ~ Image", "Quality ~ Expect",
          "Value ~ Expect + Quality", "Satis ~ Image + Expect + Quality + Value",
          "Compl ~ Satis", "Loyal ~ Image + Satis + Compl")

figures <- function(model, method, M, se) {
  fit <- suppressWarnings(sam(paste(model, collapse = "\n"), mobi, sam.method = method, se = se,
                              local.options = list(M.method = M)))
  table <- parTable(fit)
  table <- table[!(table$op %in% c("==", ":=")), ]
  c(list(model = paste(model, collapse = "\n"), approach = method, mapping = M, errors = se,
         step = table$step), as.list(table[c("lhs", "op", "rhs", "est", "se")]),
    if (method == "local") list(fit = as.list(fit@internal$sam.struc.fit)))
}

fits <- list()
models <- list(core = core, acsi = acsi, ecsi = ecsi)
for (name in names(models)) {
  for (M in c("ML", "GLS")) fits[[paste0(name, "_local_", M)]] <-
      figures(models[[name]], "local", M, "twostep")
  fits[[paste0(name, "_local_naive")]] <- figures(models[[name]], "local", "ML", "naive")
  fits[[paste0(name, "_global")]] <- figures(models[[name]], "global", "ML", "twostep")
}
out <- list(
  study = "ECSI mobile-phone study, 250 customers. Tenenhaus, Esposito Vinzi, Chatelin and Lauro (2005), CSDA 48(1), 159-205, doi:10.1016/j.csda.2004.03.005",
  oracle = paste0("lavaan ", packageVersion("lavaan"), ", R ", getRversion(),
                  "; sam() with measurement block by block; 15 digits"),
  licence = "figures only: numbers that a GPL-licensed package computed, none of its code",
  script = "scripts/sam.R",
  fits = fits)
compact <- function(x) toJSON(x, auto_unbox = TRUE, digits = 15, na = "null")
lines <- function(x) paste0(" ", dQuote(names(x), FALSE), ": ", sapply(x, compact), collapse = ",\n")
rest <- lines(out[names(out) != "fits"])
writeLines(c("{", paste0(rest, ","), ' "fits": {', lines(fits), "}}"), files[2])
